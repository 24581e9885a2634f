-- Recommended by something, suggested by something, and never depended on.
SELECT target_name FROM dependency WHERE kind = 'recommends'
INTERSECT
SELECT target_name FROM dependency WHERE kind = 'suggests'
EXCEPT
SELECT target_name FROM dependency WHERE kind IN ('depends', 'pre-depends')
ORDER BY 1
LIMIT 50;
