// Values: identifiers with their check letters, dates, codes; what is no good is refused.
package peer;

import java.util.Map;

final class Check {
    private static final String LETTERS = "ZABCDEFGHJKLMNPQRTUVWXY";

    private static String when(boolean good, String s) {
        if (!good) throw new IllegalArgumentException("a bad value");
        return s;
    }

    private static boolean digits(String s, int from, int to) {
        for (int i = from; i < to; i++) if (s.charAt(i) < '0' || s.charAt(i) > '9') return false;
        return true;
    }

    private static boolean code(String s, int from, int to) {
        for (int i = from; i < to; i++) {
            char c = s.charAt(i);
            if (!(c >= '0' && c <= '9') && !(c >= 'A' && c <= 'Z')) return false;
        }
        return true;
    }

    private static int feed(int rest, String s, int from, int to) {
        for (int i = from; i < to; i++) rest = (rest * 10 + s.charAt(i) - '0') % 23;
        return rest;
    }

    private static int number(String s, int from, int to) {
        int n = 0;
        for (int i = from; i < to; i++) n = n * 10 + s.charAt(i) - '0';
        return n;
    }

    static String urn(String t) {
        String s = t.strip();
        int n = s.length();
        return when((n == 11 && code(s, 0, n)) || (n >= 7 && n < 11 && code(s, 0, 4) && digits(s, 4, n)), s);
    }

    static String asn(String t) {
        String s = t.strip();
        when(s.length() == 20 && digits(s, 0, 2) && code(s, 2, 8) && digits(s, 8, 19), s);
        int rest = 0;
        if (digits(s, 2, 4)) rest = feed(rest, s, 2, 4);
        if (digits(s, 6, 8)) rest = feed(rest, s, 6, 8);
        return when(LETTERS.charAt(feed(feed(rest, s, 0, 2), s, 8, 19)) == s.charAt(19), s);
    }

    static String pnc(String t) {
        String s = t.strip();
        when(s.length() == 12 && digits(s, 0, 11), s);
        return when(LETTERS.charAt(feed(feed(0, s, 2, 4), s, 4, 11)) == s.charAt(11), s);
    }

    static String ou(String t) {
        String s = t.strip();
        return when((s.length() == 6 || s.length() == 7) && code(s, 0, s.length()), s);
    }

    static String offence(String t) {
        String s = t.strip();
        int n = s.length();
        boolean form = n >= 7 && s.charAt(0) >= 'A' && s.charAt(0) <= 'Z' && s.charAt(1) >= 'A' && s.charAt(1) <= 'Z';
        return when(form && digits(s, 2, 7) && (n == 7 || (n == 8 && "ABCI".indexOf(s.charAt(7)) >= 0)), s);
    }

    static String phone(String t) {
        String s = t.strip();
        boolean good = s.length() <= 35;
        for (int i = 0; i < s.length(); i++) {
            char c = s.charAt(i);
            good &= (c >= '0' && c <= '9') || " +-()./".indexOf(c) >= 0;
        }
        return when(good, s);
    }

    static String email(String t) {
        String s = t.strip();
        int ats = 0;
        boolean good = s.length() <= 254;
        for (int i = 0; i < s.length(); i++) {
            if (s.charAt(i) == '@') ats++;
            good &= s.charAt(i) > ' ';
        }
        return when(good && ats == 1, s);
    }

    private static boolean isDate(String s) {
        if (s.length() < 10 || s.charAt(4) != '-' || s.charAt(7) != '-') return false;
        if (!digits(s, 0, 4) || !digits(s, 5, 7) || !digits(s, 8, 10)) return false;
        int year = number(s, 0, 4), month = number(s, 5, 7), day = number(s, 8, 10);
        boolean leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
        int days = month == 2 ? (leap ? 29 : 28) : month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
        return month >= 1 && month <= 12 && day >= 1 && day <= days;
    }

    static String date(String t) {
        String s = t.strip();
        return when(s.length() == 10 && isDate(s), s);
    }

    private static boolean isTime(String s, int at) {
        return s.charAt(at + 2) == ':' && s.charAt(at + 5) == ':' && digits(s, at, at + 2) && digits(s, at + 3, at + 5)
            && digits(s, at + 6, at + 8) && number(s, at, at + 2) < 24 && number(s, at + 3, at + 5) < 60
            && number(s, at + 6, at + 8) < 61;
    }

    static String time(String t) {
        String s = t.strip();
        return when(s.length() == 8 && isTime(s, 0), s);
    }

    static String dateTime(String t) {
        String s = t.strip();
        return when(s.length() >= 20 && isDate(s) && s.charAt(10) == 'T' && isTime(s, 11) && s.endsWith("Z"), s);
    }

    static String integer(String t) {
        String s = t.strip();
        return when(!s.isEmpty() && digits(s, 0, s.length()), s);
    }

    static String shorter(String s, int max) {
        return when(s.length() <= max || s.codePointCount(0, s.length()) <= max, s);
    }

    static <T> T coded(Map<String, T> table, String s) {
        T value = table.get(s.strip());
        if (value == null) throw new IllegalArgumentException("an unknown code");
        return value;
    }
}
