-- Packages that depend on each other, both ways.
SELECT a.name AS one, b.name AS other
FROM dependency x
JOIN dependency y ON y.package_id = x.target_id AND y.target_id = x.package_id
JOIN package a ON a.id = x.package_id
JOIN package b ON b.id = y.package_id
WHERE x.kind = 'depends' AND y.kind = 'depends' AND a.id < b.id
GROUP BY a.name, b.name
ORDER BY one, other
LIMIT 25;
