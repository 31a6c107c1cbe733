# Every line of a text becomes a C string literal: awk -f embed.awk page.css > page-css.h. With -v name=NAME they are a
# whole source file that defines the array NAME, NULL at its end.
BEGIN { if (name) print "extern const char *const " name "[];\nconst char *const " name "[] = {" }
{
    gsub(/\\/, "&&")
    gsub(/"/, "\\\"")
    print "\"" $0 "\\n\","
}
END { if (name) print "0};" }
