SELECT json_build_object('id', m.id, 'name', m.name, 'package',
    json_build_object('n', count(p.id), 'kib', sum(p.installed_size), 'largest', max(p.installed_size)))
FROM maintainer m LEFT JOIN package p ON p.maintainer_id = m.id
GROUP BY m.id, m.name
ORDER BY count(p.id) DESC, m.id
LIMIT 8;
