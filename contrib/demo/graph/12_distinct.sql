SELECT json_build_object('section_id', p.section_id, 'name', p.name, 'installed_size', p.installed_size,
                         'section', json_build_object('name', s.name))
FROM (SELECT DISTINCT ON (section_id) * FROM package WHERE installed_size IS NOT NULL
      ORDER BY section_id, installed_size DESC, name) p
JOIN section s ON s.id = p.section_id
ORDER BY p.section_id, p.installed_size DESC, p.name;
