-- An op that was sealed from the local text as it stands need not say it a second time: its `content` is then empty
-- (x'', which no JSON is), and means what the local side says. Before that is written over, or goes, the op gets it.

CREATE TRIGGER op_gets_its_words_before_others BEFORE UPDATE OF side, content ON body
WHEN OLD.side = 'local' AND (NEW.side <> 'local' OR NEW.content IS NOT OLD.content)
BEGIN UPDATE op SET content = OLD.content WHERE record = OLD.record AND content = x''; END;

CREATE TRIGGER op_gets_its_words_before_none BEFORE DELETE ON body WHEN OLD.side = 'local'
BEGIN UPDATE op SET content = OLD.content WHERE record = OLD.record AND content = x''; END;
