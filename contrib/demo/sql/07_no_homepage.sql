-- Maintainers with packages that name no homepage, by share.
SELECT m.name, count(*) AS packages, count(*) FILTER (WHERE p.homepage IS NULL) AS without,
       round(100.0 * count(*) FILTER (WHERE p.homepage IS NULL) / count(*), 1) AS percent
FROM maintainer m JOIN package p ON p.maintainer_id = m.id
GROUP BY m.id, m.name
HAVING count(*) >= 100
ORDER BY percent DESC, m.name, m.id
LIMIT 15;
