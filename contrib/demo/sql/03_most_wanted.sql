-- The packages that most others depend on.
SELECT p.name, count(DISTINCT d.package_id) AS dependents
FROM dependency d JOIN package p ON p.id = d.target_id
WHERE d.kind IN ('depends', 'pre-depends')
GROUP BY p.id, p.name
HAVING count(DISTINCT d.package_id) > 500
ORDER BY dependents DESC, p.name;
