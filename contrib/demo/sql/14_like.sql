-- Packages whose summary speaks of PostgreSQL, in any case.
SELECT name, summary
FROM package
WHERE summary ILIKE '%postgresql%' AND name NOT LIKE 'lib%'
ORDER BY name
LIMIT 30;
