-- Maintainers of what libc6 depends on, or that depends on dpkg first of all.
SELECT DISTINCT m.name, m.email
FROM maintainer m
WHERE m.id IN (SELECT p.maintainer_id FROM package p
               WHERE p.id IN (SELECT d.target_id FROM dependency d
                              JOIN package l ON l.id = d.package_id WHERE l.name = 'libc6')
                  OR p.id IN (SELECT d.package_id FROM dependency d
                              JOIN package k ON k.id = d.target_id
                              WHERE k.name = 'dpkg' AND d.kind = 'pre-depends'))
ORDER BY m.name, m.email;
