# Every line of a text becomes C string literals: awk -f embed.awk page.css > page-css.h. With -v name=NAME they are a
# whole source file that defines the array NAME, NULL at its end. Literals stay short: C11 promises no more than 4095
# characters, and lines of minified scripts are longer. Question marks are escaped for what trigraphs would do to them.
BEGIN { if (name) print "extern const char *const " name "[];\nconst char *const " name "[] = {" }
{
    rest = $0
    do {
        part = substr(rest, 1, 1000)
        rest = substr(rest, 1001)
        gsub(/\\/, "&&", part)
        gsub(/"/, "\\\"", part)
        gsub(/\?/, "\\?", part)
        print "\"" part (rest == "" ? "\\n" : "") "\","
    } while (rest != "")
}
END { if (name) print "0};" }
