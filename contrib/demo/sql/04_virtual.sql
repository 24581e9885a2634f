-- Names that are depended on and that no package has.
SELECT d.target_name, count(*) AS n
FROM dependency d
WHERE d.kind = 'depends' AND d.target_id IS NULL
GROUP BY d.target_name
ORDER BY n DESC, d.target_name
LIMIT 20;
