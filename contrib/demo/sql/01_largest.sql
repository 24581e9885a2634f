-- The ten packages that take the most room, with their maintainers.
SELECT p.name, p.installed_size, m.name AS maintainer
FROM package p JOIN maintainer m ON m.id = p.maintainer_id
WHERE p.installed_size IS NOT NULL
ORDER BY p.installed_size DESC, p.name
LIMIT 10;
