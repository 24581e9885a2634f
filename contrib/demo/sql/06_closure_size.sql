-- What a desktop costs: the closure of a large package, counted and weighed.
WITH RECURSIVE needed(id) AS (
    SELECT id FROM package WHERE name = 'gimp'
    UNION
    SELECT d.target_id
    FROM needed n JOIN dependency d ON d.package_id = n.id
    WHERE d.kind IN ('depends', 'pre-depends') AND d.alternative = 1 AND d.target_id IS NOT NULL
)
SELECT count(*) AS packages, sum(p.installed_size) AS kib
FROM needed n JOIN package p ON p.id = n.id;
