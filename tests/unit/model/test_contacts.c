/* test_contacts.c - the directory of desks is proved when it is read, and tells who holds on a day.
 */
#include "model/contacts.h"

#include "unit.h"

#include <stdlib.h>
#include <unistd.h>

#define OK(expr) CU_ASSERT_TRUE_FATAL(dcf_ok(expr))

static dcf_yaml_error err;
static dcf_forces *forces;

static void begin(void)
{
    OK(dcf_forces_load("config/forces.yaml", &forces, &err));
}

static void end(void)
{
    dcf_forces_free(forces);
}

/* A directory of these rows, whose roles are triage and charging. */
static dcf_status load(const char *rows, dcf_contacts **ret)
{
    char path[] = "/tmp/dcf_contacts_XXXXXX", text[2000];
    int fd = mkstemp(path);
    CU_ASSERT_FATAL(fd >= 0);
    int n = snprintf(text, sizeof text,
                     "version: 1\nroles: {triage: returned files, charging: decisions}\n"
                     "contacts:\n%s",
                     rows);
    CU_ASSERT_EQUAL(write(fd, text, (size_t)n), n);
    close(fd);
    dcf_status s = dcf_contacts_load(path, forces, ret, &err);
    unlink(path);
    return s;
}

static void refused(const char *row, const char *place, const char *why)
{
    dcf_contacts *c = NULL;
    begin();
    CU_ASSERT(dcf_is(load(row, &c), DCF_E_CONFIG));
    CU_ASSERT_PTR_NULL(c);
    if (!strstr(err.text, why) || !strstr(err.text, place)) printf("\n    said: %s\n", err.text);
    CU_ASSERT(strstr(err.text, why) != NULL && strstr(err.text, place) != NULL);
    end();
}

#define REACHED "unit: Desk, telephone: 01632 960 1, from: 2026-04-01"

static void a_desk_of_neither_or_of_both_is_refused(void)
{
    refused("  - {role: triage, " REACHED "}\n", ":4:5: ", "of a force or of an area");
    refused("  - {force: \"45\", area: \"9\", role: triage, " REACHED "}\n",
            ":4:5: ", "of a force or of an area");
    refused("  - {force: \"09\", role: triage, " REACHED "}\n", ":4:6: ", "no such force");
    refused("  - {area: \"15\", role: triage, " REACHED "}\n", ":4:6: ", "no such CPS Area");
}

static void a_role_that_the_file_does_not_name_is_refused(void)
{
    refused("  - {area: \"9\", role: triag, " REACHED "}\n", ":4:17: ", "role is one of roles");
    refused("  - {area: \"9\", " REACHED "}\n", ":4:5: ", "role is one of roles");
}

static void a_desk_that_cannot_be_reached_is_refused(void)
{
    static const char *const rows[][2] = {
        {"hours: any", "a telephone or an email"}, {"telephone: ask there", "no telephone number"},
        {"telephone: \"12\"", "no telephone"},     {"email: desk.example", "no e-mail address"},
        {"email: a b@desk.example", "no e-mail"},  {"email: a@b@desk.example", "no e-mail"},
        {"email: \"@desk.example\"", "no e-mail"}, {"email: a.b@desk", "no e-mail"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char row[200];
        snprintf(row, sizeof row,
                 "  - {area: \"9\", unit: D, role: triage, from: 2026-04-01, %s}\n", rows[i][0]);
        refused(row, ":4:", rows[i][1]);
    }
}

static void days_are_dates_in_order(void)
{
    refused("  - {area: \"9\", unit: D, role: triage, telephone: \"123\"}\n",
            ":4:5: ", "from which day");
    refused("  - {area: \"9\", unit: D, role: triage, telephone: \"123\", from: 1.4.26}\n",
            ":4:", "a date is written");
    refused("  - {area: \"9\", role: triage, " REACHED ", until: 2026-03-31}\n",
            ":4:", "until is before from");
}

static void one_desk_has_one_entry_for_a_role_on_any_day(void)
{
    dcf_contacts *c = NULL;
    refused("  - {area: \"9\", role: triage, " REACHED ", until: 2026-06-30}\n"
            "  - {area: \"9\", role: triage, unit: Desk, email: a@b.example, from: 2026-06-30}\n",
            ":5:5: ", "Desk has another entry as triage");
    begin();
    OK(load("  - {area: \"9\", role: triage, " REACHED ", until: 2026-06-30}\n"
            "  - {area: \"9\", role: triage, unit: Desk, email: a@b.example, from: 2026-07-01}\n"
            "  - {area: \"9\", role: charging, " REACHED "}\n"
            "  - {area: \"3\", role: triage, " REACHED "}\n",
            &c));
    CU_ASSERT_EQUAL(c->count, 4);
    dcf_contacts_free(c);
    end();
}

static bool holds(const dcf_contact *c, const char *day)
{
    dcf_day d = 0;
    CU_ASSERT(dcf_day_parse(day, &d));
    return dcf_contact_holds(c, d);
}

static void an_entry_holds_from_its_first_day_to_its_last(void)
{
    dcf_contacts *c = NULL;
    begin();
    OK(load("  - {force: \"02\", role: triage, " REACHED ", until: 2026-06-30}\n"
            "  - {force: \"45\", role: triage, " REACHED "}\n",
            &c));
    CU_ASSERT_STRING_EQUAL(c->list[0].force, "01"); /* what 02 is an alias of */
    CU_ASSERT_STRING_EQUAL(c->list[0].area, "");
    CU_ASSERT_STRING_EQUAL(c->list[0].asked, "returned files");
    CU_ASSERT_FALSE(holds(&c->list[0], "2026-03-31"));
    CU_ASSERT_TRUE(holds(&c->list[0], "2026-04-01"));
    CU_ASSERT_TRUE(holds(&c->list[0], "2026-06-30"));
    CU_ASSERT_FALSE(holds(&c->list[0], "2026-07-01"));
    CU_ASSERT_TRUE(holds(&c->list[1], "2199-12-31"));
    dcf_contacts_free(c);
    end();
}

static void the_shipped_directory_names_nobody_real(void)
{
    dcf_contacts *c = NULL;
    begin();
    OK(dcf_contacts_load("config/contacts.yaml", forces, &c, &err));
    CU_ASSERT(c->count >= 10);
    for (size_t i = 0; i < c->count; i++) { /* numbers and names kept free for examples */
        const dcf_contact *k = &c->list[i];
        CU_ASSERT(!*k->telephone || strncmp(k->telephone, "01632 960 ", 10) == 0);
        CU_ASSERT(!*k->email || strcmp(strrchr(k->email, '.'), ".example") == 0);
    }
    dcf_contacts_free(c);
    dcf_contacts_free(NULL);
    end();
}

#define TESTS(X)                                                                                   \
    X(a_desk_of_neither_or_of_both_is_refused)                                                     \
    X(a_role_that_the_file_does_not_name_is_refused)                                               \
    X(a_desk_that_cannot_be_reached_is_refused)                                                    \
    X(days_are_dates_in_order)                                                                     \
    X(one_desk_has_one_entry_for_a_role_on_any_day)                                                \
    X(an_entry_holds_from_its_first_day_to_its_last)                                               \
    X(the_shipped_directory_names_nobody_real)

UNIT_MAIN("contacts", TESTS)
