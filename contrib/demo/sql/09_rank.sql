-- The three largest packages of each section.
SELECT section, name, installed_size, place
FROM (SELECT s.name AS section, p.name, p.installed_size,
             row_number() OVER (PARTITION BY s.id ORDER BY p.installed_size DESC NULLS LAST, p.name)
                 AS place
      FROM package p JOIN section s ON s.id = p.section_id) ranked
WHERE place <= 3
ORDER BY section, place;
