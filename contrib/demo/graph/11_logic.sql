SELECT json_build_object('name', name, 'version', version, 'essential', essential)
FROM package
WHERE (essential OR (priority IN ('required', 'important') AND installed_size BETWEEN 1000 AND 5000))
  AND NOT name LIKE 'lib%'
ORDER BY name;
