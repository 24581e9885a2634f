-- Everything that installing bash pulls in, and at what distance.
WITH RECURSIVE needed(id, distance) AS (
    SELECT id, 0 FROM package WHERE name = 'bash'
    UNION
    SELECT d.target_id, n.distance + 1
    FROM needed n JOIN dependency d ON d.package_id = n.id
    WHERE d.kind IN ('depends', 'pre-depends') AND d.alternative = 1
      AND d.target_id IS NOT NULL AND n.distance < 6
)
SELECT p.name, min(n.distance) AS distance
FROM needed n JOIN package p ON p.id = n.id
GROUP BY p.name
ORDER BY distance, p.name;
