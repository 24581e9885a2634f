-- Packages of section "database" that nothing depends on.
SELECT p.name, p.version
FROM package p JOIN section s ON s.id = p.section_id
WHERE s.name = 'database'
  AND NOT EXISTS (SELECT 1 FROM dependency d
                  WHERE d.target_id = p.id AND d.kind IN ('depends', 'pre-depends', 'recommends'))
ORDER BY p.name
LIMIT 40;
