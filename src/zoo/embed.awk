# A text becomes an array of C string literals, a line each: awk -v name=NAME -f embed.awk TEXT > TEXT.c
BEGIN { print "extern const char *const " name "[];\nconst char *const " name "[] = {" }
{
    gsub(/\\/, "&&")
    gsub(/"/, "\\\"")
    print "\"" $0 "\\n\","
}
END { print "0};" }
