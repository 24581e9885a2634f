-- graph_query: every key of the contract on a small library.  Expected objects are written by hand.
BEGIN;
SELECT plan(58);
CREATE TABLE country (id int PRIMARY KEY, name text NOT NULL);
CREATE TABLE author (id int PRIMARY KEY, name text NOT NULL, born int, country_id int REFERENCES country, data jsonb);
CREATE TABLE book (id int PRIMARY KEY, author_id int NOT NULL REFERENCES author, title text NOT NULL, published date, price numeric(6,2));
CREATE TABLE review (id int PRIMARY KEY, book_id int NOT NULL REFERENCES book, stars int NOT NULL, words text);
CREATE TABLE genre (id int PRIMARY KEY, name text NOT NULL, parent_id int REFERENCES genre);
CREATE TABLE book_genre (book_id int REFERENCES book, genre_id int REFERENCES genre, weight int, PRIMARY KEY (book_id, genre_id));
CREATE TABLE passport (id int PRIMARY KEY, author_id int UNIQUE REFERENCES author, number text);
INSERT INTO country VALUES (1, 'Norway'), (2, 'Chile');
INSERT INTO author VALUES (1, 'Ann', 1950, 1, '{"a": {"b": 5}, "k": "x"}'), (2, 'Bo', 1980, 2, NULL), (3, 'Cy', NULL, NULL, '{"a": {"b": 7}}');
INSERT INTO book VALUES (10, 1, 'Sea', '2001-01-01', 10.50), (11, 1, 'Sky', '2003-01-01', 20), (12, 1, 'Sun', NULL, 30), (13, 2, 'Salt', '2002-05-05', 5.25);
INSERT INTO review VALUES (100, 10, 5, 'great'), (101, 10, 3, NULL), (102, 11, 4, 'good'), (103, 13, 1, 'bad');
INSERT INTO genre VALUES (1, 'fiction', NULL), (2, 'novel', 1), (3, 'short novel', 2), (4, 'fact', NULL);
INSERT INTO book_genre VALUES (10, 2, 7), (10, 4, 1), (11, 2, 3), (13, 3, 9);
INSERT INTO passport VALUES (1, 1, 'N1'), (2, 3, 'C3');

CREATE TABLE asked (n serial, name text, q jsonb, want jsonb, params jsonb);
INSERT INTO asked (name, q, want) VALUES
('fields', '{"entity": "country", "fields": ["name"], "order_by": ["id"]}', '[{"name": "Norway"}, {"name": "Chile"}]'),
('all fields', '{"entity": "country", "order_by": ["-id"]}', '[{"id": 2, "name": "Chile"}, {"id": 1, "name": "Norway"}]'),
('an alias', '{"entity": "country", "fields": [{"land": "name"}], "where": {"id": 1}}', '[{"land": "Norway"}]'),
('a schema', '{"entity": "public.country", "fields": ["id"], "where": {"id": 2}}', '[{"id": 2}]'),
('equality', '{"entity": "author", "fields": ["id"], "where": {"name": "Bo"}}', '[{"id": 2}]'),
('null', '{"entity": "author", "fields": ["id"], "where": {"born": null}}', '[{"id": 3}]'),
('ge and lt', '{"entity": "author", "fields": ["id"], "where": {"born": {"ge": 1950, "lt": 1980}}}', '[{"id": 1}]'),
('ne leaves nulls out', '{"entity": "author", "fields": ["id"], "where": {"born": {"ne": 1950}}}', '[{"id": 2}]'),
('is_distinct', '{"entity": "author", "fields": ["id"], "where": {"born": {"is_distinct": 1950}}, "order_by": ["id"]}', '[{"id": 2}, {"id": 3}]'),
('in', '{"entity": "book", "fields": ["id"], "where": {"id": {"in": [10, 13, 99]}}, "order_by": ["id"]}', '[{"id": 10}, {"id": 13}]'),
('not_in', '{"entity": "book", "fields": ["id"], "where": {"id": {"not_in": [10, 11, 12]}}}', '[{"id": 13}]'),
('between', '{"entity": "book", "fields": ["id"], "where": {"price": {"between": [6, 25]}}, "order_by": ["id"]}', '[{"id": 10}, {"id": 11}]'),
('is_null false', '{"entity": "book", "fields": ["id"], "where": {"published": {"is_null": false}}, "order_by": ["id"]}', '[{"id": 10}, {"id": 11}, {"id": 13}]'),
('like', '{"entity": "book", "fields": ["id"], "where": {"title": {"like": "S_y"}}}', '[{"id": 11}]'),
('not_like', '{"entity": "book", "fields": ["id"], "where": {"title": {"not_like": "S%"}}}', NULL),
('ilike', '{"entity": "book", "fields": ["id"], "where": {"title": {"ilike": "%EA"}}}', '[{"id": 10}]'),
('regex', '{"entity": "book", "fields": ["id"], "where": {"title": {"regex": "^S[ae]"}}, "order_by": ["id"]}', '[{"id": 10}, {"id": 13}]'),
('iregex', '{"entity": "book", "fields": ["id"], "where": {"title": {"iregex": "^su"}}}', '[{"id": 12}]'),
('starts_with', '{"entity": "book", "fields": ["id"], "where": {"title": {"starts_with": "Sa"}}}', '[{"id": 13}]'),
('ends_with', '{"entity": "book", "fields": ["id"], "where": {"title": {"ends_with": "lt"}}}', '[{"id": 13}]'),
('contains takes % as itself', '{"entity": "book", "fields": ["id"], "where": {"title": {"contains": "%"}}}', NULL),
('and, or, not', '{"entity": "book", "fields": ["id"], "where": {"or": [{"id": 10}, {"and": [{"id": 11}, {"price": {"gt": 15}}]}, {"id": 13}], "not": {"author_id": 2}}, "order_by": ["id"]}', '[{"id": 10}, {"id": 11}]'),
('two fields', '{"entity": "review", "fields": ["id"], "where": {"stars": {"lt": {"field": "book_id"}}, "id": {"gt": 102}}}', '[{"id": 103}]'),
('a JSON path', '{"entity": "author", "fields": ["id"], "where": {"data->a->b": 7}}', '[{"id": 3}]'),
('a jsonb column contains', '{"entity": "author", "fields": ["id"], "where": {"data": {"contains": {"k": "x"}}}}', '[{"id": 1}]'),
('has_key', '{"entity": "author", "fields": ["id"], "where": {"data": {"has_key": "k"}}}', '[{"id": 1}]'),
('a to-one path', '{"entity": "author", "fields": ["id"], "where": {"country.name": "Chile"}}', '[{"id": 2}]'),
('a to-one object', '{"entity": "author", "fields": ["id"], "where": {"country": {"name": {"starts_with": "N"}}}}', '[{"id": 1}]'),
('is', '{"entity": "author", "fields": ["id"], "where": {"country": {"is": {"id": 2}}}}', '[{"id": 2}]'),
('some', '{"entity": "author", "fields": ["id"], "where": {"book": {"some": {"price": {"gt": 25}}}}}', '[{"id": 1}]'),
('every holds for none, too', '{"entity": "author", "fields": ["id"], "where": {"book": {"every": {"price": {"lt": 10}}}}, "order_by": ["id"]}', '[{"id": 2}, {"id": 3}]'),
('none', '{"entity": "author", "fields": ["id"], "where": {"book": {"none": {}}}}', '[{"id": 3}]'),
('count', '{"entity": "author", "fields": ["id"], "where": {"book": {"count": {"ge": 2}}}}', '[{"id": 1}]'),
('some through a join table', '{"entity": "book", "fields": ["id"], "where": {"genre": {"some": {"name": "novel"}}}, "order_by": ["id"]}', '[{"id": 10}, {"id": 11}]'),
('order_by nulls', '{"entity": "author", "fields": ["id"], "order_by": [{"born": "desc", "nulls": "last"}]}', '[{"id": 2}, {"id": 1}, {"id": 3}]'),
('nulls are last when ascending', '{"entity": "author", "fields": ["id"], "order_by": ["born"]}', '[{"id": 1}, {"id": 2}, {"id": 3}]'),
('and first when descending', '{"entity": "author", "fields": ["id"], "order_by": ["-born"]}', '[{"id": 3}, {"id": 2}, {"id": 1}]'),
('order by a to-one field', '{"entity": "author", "fields": ["id"], "order_by": ["country.name"]}', '[{"id": 2}, {"id": 1}, {"id": 3}]'),
('order by a count', '{"entity": "author", "fields": ["id"], "order_by": ["-book.count", "id"]}', '[{"id": 1}, {"id": 2}, {"id": 3}]'),
('limit and offset', '{"entity": "book", "fields": ["id"], "order_by": ["id"], "limit": 2, "offset": 1}', '[{"id": 11}, {"id": 12}]'),
('distinct', '{"entity": "book", "fields": ["author_id", "id"], "distinct": ["author_id"], "order_by": ["author_id", "-id"]}', '[{"author_id": 1, "id": 12}, {"author_id": 2, "id": 13}]'),
('a to-many include', '{"entity": "author", "fields": ["id"], "order_by": ["id"], "include": {"book": {"fields": ["id"], "order_by": ["id"]}}}', '[{"id": 1, "book": [{"id": 10}, {"id": 11}, {"id": 12}]}, {"id": 2, "book": [{"id": 13}]}, {"id": 3, "book": []}]'),
('limit holds per parent', '{"entity": "author", "fields": ["id"], "order_by": ["id"], "include": {"book": {"fields": ["id"], "order_by": ["-id"], "offset": 1, "limit": 1}}}', '[{"id": 1, "book": [{"id": 11}]}, {"id": 2, "book": []}, {"id": 3, "book": []}]'),
('a to-one include', '{"entity": "author", "fields": ["id"], "order_by": ["id"], "include": {"country": {"fields": ["name"]}}}', '[{"id": 1, "country": {"name": "Norway"}}, {"id": 2, "country": {"name": "Chile"}}, {"id": 3, "country": null}]'),
('include true', '{"entity": "author", "fields": ["id"], "where": {"id": 1}, "include": {"country": true}}', '[{"id": 1, "country": {"id": 1, "name": "Norway"}}]'),
('a unique key makes a to-one', '{"entity": "author", "fields": ["id"], "order_by": ["id"], "include": {"passport": {"fields": ["number"]}}}', '[{"id": 1, "passport": {"number": "N1"}}, {"id": 2, "passport": null}, {"id": 3, "passport": {"number": "C3"}}]'),
('three levels', '{"entity": "country", "fields": ["name"], "order_by": ["id"], "include": {"author": {"fields": ["name"], "include": {"book": {"fields": ["title"], "order_by": ["id"], "limit": 1, "include": {"review": {"fields": ["stars"], "order_by": ["id"]}}}}}}}', '[{"name": "Norway", "author": [{"name": "Ann", "book": [{"title": "Sea", "review": [{"stars": 5}, {"stars": 3}]}]}]}, {"name": "Chile", "author": [{"name": "Bo", "book": [{"title": "Salt", "review": [{"stars": 1}]}]}]}]'),
('one relation twice', '{"entity": "author", "fields": ["id"], "where": {"id": 1}, "include": {"cheap": {"relation": "book", "fields": ["id"], "where": {"price": {"lt": 15}}}, "dear": {"relation": "book", "fields": ["id"], "where": {"price": {"gt": 25}}}}}', '[{"id": 1, "cheap": [{"id": 10}], "dear": [{"id": 12}]}]'),
('as', '{"entity": "author", "fields": ["id"], "where": {"id": 2}, "include": {"book": {"fields": ["id"], "as": "works"}}}', '[{"id": 2, "works": [{"id": 13}]}]'),
('a join table', '{"entity": "book", "fields": ["id"], "where": {"id": 10}, "include": {"genre": {"fields": ["name"], "order_by": ["name"]}}}', '[{"id": 10, "genre": [{"name": "fact"}, {"name": "novel"}]}]'),
('via', '{"entity": "book", "fields": ["id"], "where": {"id": 10}, "include": {"genre": {"fields": ["id", {"w": "via.weight"}], "order_by": ["via.weight"]}}}', '[{"id": 10, "genre": [{"id": 4, "w": 1}, {"id": 2, "w": 7}]}]'),
('aggregate in an include', '{"entity": "author", "fields": ["id"], "order_by": ["id"], "include": {"book": {"aggregate": {"n": {"count": "*"}, "sum": {"sum": "price"}, "last": {"max": "published"}}}}}', '[{"id": 1, "book": {"n": 3, "sum": 60.50, "last": "2003-01-01"}}, {"id": 2, "book": {"n": 1, "sum": 5.25, "last": "2002-05-05"}}, {"id": 3, "book": {"n": 0, "sum": null, "last": null}}]'),
('aggregate at the root', '{"entity": "review", "aggregate": {"n": {"count": "*"}, "words": {"count": "words"}, "avg": {"avg": "stars"}, "low": {"min": "stars"}}}', '[{"n": 4, "words": 3, "avg": 3.25, "low": 1}]'),
('group_by and having', '{"entity": "book", "group_by": ["author_id"], "aggregate": {"n": {"count": "*"}}, "having": {"n": {"gt": 1}}}', '[{"author_id": 1, "n": 3}]'),
('recursive', '{"entity": "genre", "fields": ["name"], "where": {"parent_id": null}, "order_by": ["id"], "include": {"genre": {"fields": ["name"], "order_by": ["id"], "recursive": {"depth": 3}}}}', '[{"name": "fiction", "genre": [{"name": "novel", "genre": [{"name": "short novel", "genre": []}]}]}, {"name": "fact", "genre": []}]'),
('a budget that is enough', '{"entity": "country", "fields": ["id"], "order_by": ["id"], "budget": {"depth": 1, "entities": 10, "edges": 10, "time_ms": 10000}}', '[{"id": 1}, {"id": 2}]');
INSERT INTO asked (name, q, params, want) VALUES
('a parameter', '{"entity": "author", "fields": ["id"], "where": {"name": {"eq": {"param": "who"}}}}', '{"who": "Cy"}', '[{"id": 3}]'),
('a list as parameter', '{"entity": "author", "fields": ["id"], "where": {"id": {"in": {"param": "ids"}}}, "order_by": ["id"]}', '{"ids": [1, 3]}', '[{"id": 1}, {"id": 3}]');

SELECT is((SELECT jsonb_agg(g) FROM graph_query(q, coalesce(params, '{}')) AS g), want, name) FROM asked ORDER BY n;
SELECT * FROM finish();
ROLLBACK;
