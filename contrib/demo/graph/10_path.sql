SELECT json_build_object('name', p.name, 'installed_size', p.installed_size,
                         'maintainer', json_build_object('name', m.name, 'email', m.email))
FROM package p
JOIN maintainer m ON m.id = p.maintainer_id
JOIN section s ON s.id = p.section_id
WHERE m.email LIKE '%@debian.org' AND s.name = 'database'
ORDER BY m.name, p.name
LIMIT 30;
