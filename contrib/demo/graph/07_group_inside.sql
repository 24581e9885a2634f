SELECT json_build_object('name', s.name, 'package', (
    SELECT coalesce(json_agg(json_build_object('architecture', g.architecture, 'n', g.n, 'maintainers', g.m)
                    ORDER BY g.architecture), '[]')
    FROM (SELECT architecture, count(*) AS n, count(DISTINCT maintainer_id) AS m
          FROM package p WHERE p.section_id = s.id GROUP BY architecture) g))
FROM section s
WHERE starts_with(s.name, 'd')
ORDER BY s.name;
