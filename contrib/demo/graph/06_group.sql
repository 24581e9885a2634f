SELECT json_build_object('architecture', architecture, 'priority', priority, 'n', count(*),
                         'average', avg(installed_size), 'first', min(name))
FROM package
GROUP BY architecture, priority
ORDER BY architecture, priority;
