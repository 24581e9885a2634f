-- Packages by size class and architecture.
SELECT architecture,
       CASE WHEN installed_size IS NULL THEN 'unknown'
            WHEN installed_size < 100 THEN 'small'
            WHEN installed_size < 10000 THEN 'middle'
            ELSE 'large' END AS class,
       count(*) AS n
FROM package
GROUP BY architecture, class
ORDER BY architecture, class;
