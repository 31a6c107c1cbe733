# Every line of a text becomes a C string literal: awk -f embed.awk page.css > page-css.h
{
    gsub(/\\/, "&&")
    gsub(/"/, "\\\"")
    print "\"" $0 "\\n\","
}
