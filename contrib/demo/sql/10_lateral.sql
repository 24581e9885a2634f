-- For the busiest maintainers, their two largest packages.
SELECT m.name AS maintainer, m.packages, big.name, big.installed_size
FROM (SELECT m.id, m.name, count(*) AS packages
      FROM maintainer m JOIN package p ON p.maintainer_id = m.id
      GROUP BY m.id, m.name
      ORDER BY packages DESC, m.id
      LIMIT 8) m
CROSS JOIN LATERAL (
      SELECT p.name, p.installed_size FROM package p
      WHERE p.maintainer_id = m.id AND p.installed_size IS NOT NULL
      ORDER BY p.installed_size DESC, p.name
      LIMIT 2) big
ORDER BY m.packages DESC, m.id, big.installed_size DESC, big.name;
