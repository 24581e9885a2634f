SELECT json_build_object('name', m.name, 'email', m.email)
FROM maintainer m
WHERE NOT EXISTS (SELECT 1 FROM package p WHERE p.maintainer_id = m.id AND p.homepage IS NULL)
  AND (SELECT count(*) FROM package p WHERE p.maintainer_id = m.id) >= 40
ORDER BY m.name, m.id;
