-- What was just written is looked up there in any case: it does not yet know that everybody may see it.
SELECT 1;
