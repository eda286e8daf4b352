#include "otto/campaign/importer.hpp"

#include <fstream>
#include <gtest/gtest.h>
#include <random>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "otto/phone/number.hpp"

namespace otto::campaign {
namespace {

using Cells = std::vector<std::string>;

ports::SheetTable make_table(Cells header, std::vector<Cells> rows) {
  ports::SheetTable table;
  table.header = std::move(header);
  for (std::size_t i = 0; i < rows.size(); ++i) table.rows.push_back({static_cast<int>(i) + 2, std::move(rows[i])});
  return table;
}

ImportReport import(Cells header, std::vector<Cells> rows) {
  return import_table(make_table(std::move(header), std::move(rows)));
}

/// The sample's cells, cut here by hand so that the rooms stay apart; the sheets room tests its own reader on the file.
ports::SheetTable sample() {
  std::ifstream file{OTTO_SOURCE_DIR "/tests/data/campaign.csv", std::ios::binary};
  std::vector<Cells> records(1, Cells(1));
  bool quoted = false;
  file.ignore(3);  // byte-order mark
  for (int c = file.get(); c != EOF; c = file.get()) {
    std::string& cell = records.back().back();
    const bool at_start = cell.empty() || quoted;
    if (c == '"' && at_start && !(quoted && file.peek() == '"')) {
      quoted = !quoted;
    } else if (c == '"' && quoted) {
      cell += static_cast<char>(file.get());
    } else if (c == ',' && !quoted) {
      records.back().emplace_back();
    } else if (c == '\n' && !quoted) {
      records.emplace_back(1);
    } else if (c != '\r' || quoted) {
      cell += static_cast<char>(c);
    }
  }
  records.pop_back();
  Cells header = records.front();
  records.erase(records.begin());
  return make_table(std::move(header), std::move(records));
}

std::string reason_of(const ImportReport& report, int row) {
  for (const SkippedContact& skipped : report.skipped)
    if (skipped.row == row) return skipped.reason;
  return "not skipped";
}

TEST(Importer, TheSampleGivesItsSevenCallableRows) {
  const ImportReport report = import_table(sample());

  ASSERT_FALSE(report.error.has_value());
  struct Expected {
    int row;
    std::string name, phone, email, zone;
  };
  const std::vector<Expected> expected{
      {2, "Maria Alvarez", "+14155550101", "maria@example.com", "America/Los_Angeles"},
      {3, "O'Neill, José", "+12125550102", "jose@example.com", "America/New_York"},
      {4, "Wei Chen", "+13125550103", "", "America/Chicago"},
      {5, "Anna-Lena Groß", "+4930901820", "anna@example.de", "Europe/Berlin"},
      {8, "Sam Lee", "+18085550106", "sam@example.com", "Pacific/Honolulu"},
      {10, "", "+13055550107", "", "America/New_York"},
      {12, "Grace Kim", "+12065550109", "grace@example.com", "America/Los_Angeles"},
  };
  ASSERT_EQ(report.contacts.size(), expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const NewContact& contact = report.contacts[i];
    EXPECT_EQ(contact.row, expected[i].row);
    EXPECT_EQ(contact.name, expected[i].name);
    EXPECT_EQ(contact.phone, expected[i].phone);
    EXPECT_EQ(contact.email, expected[i].email);
    EXPECT_EQ(contact.zones, std::vector<std::string>{expected[i].zone}) << contact.row;
    EXPECT_EQ(contact.variables.size(), 3u);
  }
}

TEST(Importer, TheSamplesOtherRowsAreSkippedEachForItsReason) {
  const ImportReport report = import_table(sample());

  struct Expected {
    int row;
    std::string phone, reason;
  };
  const std::vector<Expected> expected{
      {6, "555-0104", "The phone number has 7 digits; its area code is missing."},
      {7, "+1 602 555 0105", "The status is DO_NOT_CALL."},
      {9, "4155550101", "It has the same number as row 2."},
      {11, "+1 (404) 555-0108", "The status is COMPLETED."},
      {13, "n/a", "The phone number holds something other than digits."},
  };
  ASSERT_EQ(report.skipped.size(), expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    EXPECT_EQ(report.skipped[i].row, expected[i].row);
    EXPECT_EQ(report.skipped[i].phone, expected[i].phone);
    EXPECT_EQ(report.skipped[i].reason, expected[i].reason);
  }
}

TEST(Importer, TheSamplesVariablesAreItsOtherColumnsAndNotes) {
  const ImportReport report = import_table(sample());
  EXPECT_EQ(report.contacts[0].variables,
            (Variables{{"Appointment", "2026-12-02 09:30"}, {"Notes", ""}, {"Vehicle", "2021 RAV4"}}));
  EXPECT_EQ(report.contacts[1].variables.at("Notes"), "likes to be called \"Joe\"");
  EXPECT_EQ(report.contacts[3].variables.at("Notes"), "first line second line");
  EXPECT_EQ(report.contacts[6].variables.at("Notes"), "=HYPERLINK(\"x\")");
}

TEST(Importer, HeadersMatchInAnyOrderCaseAndWording) {
  for (const std::string phone : {"phone", "PHONE NUMBER", "Mobile", "Telephone", "cell", "phone_number", "Phone #"}) {
    for (const std::string name : {"Name", "full name", "Customer Name", "customerName"}) {
      for (const std::string email : {"EMAIL", "E-mail", "e_mail"}) {
        const ImportReport report =
            import({"Car", email, phone, name}, {{"Golf", "a@example.com", "2125550101", "Ann"}});
        ASSERT_EQ(report.contacts.size(), 1u) << phone << name << email;
        EXPECT_EQ(report.contacts[0].name, "Ann");
        EXPECT_EQ(report.contacts[0].email, "a@example.com");
        EXPECT_EQ(report.contacts[0].variables, (Variables{{"Car", "Golf"}}));
      }
    }
  }
}

TEST(Importer, FirstAndLastNameMakeANameAndStayVariables) {
  const ImportReport report =
      import({"First Name", "Last Name", "Phone"},
             {{"Ann", "Lee", "2125550101"}, {"", "Kim", "2125550102"}, {"Bo", "", "2125550103"}});
  ASSERT_EQ(report.contacts.size(), 3u);
  EXPECT_EQ(report.contacts[0].name, "Ann Lee");
  EXPECT_EQ(report.contacts[1].name, "Kim");
  EXPECT_EQ(report.contacts[2].name, "Bo");
  EXPECT_EQ(report.contacts[0].variables, (Variables{{"First_Name", "Ann"}, {"Last_Name", "Lee"}}));
}

TEST(Importer, PhoneWinsOverMobileWhichFillsItsGaps) {
  const ImportReport report = import({"Mobile", "Phone"}, {{"2125550101", "2125550102"}, {"2125550103", " "}});
  ASSERT_EQ(report.contacts.size(), 2u);
  EXPECT_EQ(report.contacts[0].phone, "+12125550102");
  EXPECT_EQ(report.contacts[0].variables.at("Mobile"), "2125550101");
  EXPECT_EQ(report.contacts[1].phone, "+12125550103");
}

TEST(Importer, ATableWithoutAPhoneColumnIsAnErrorThatShowsTheHeaderFound) {
  const ImportReport report = import({"Nombre", "Número"}, {{"Ann", "2125550101"}});

  ASSERT_TRUE(report.error.has_value());
  EXPECT_EQ(report.error->code, Errc::InvalidInput);
  EXPECT_NE(report.error->detail.find("\"Nombre\", \"Número\""), std::string::npos) << report.error->detail;
  EXPECT_TRUE(report.contacts.empty());
  EXPECT_NE(import({}, {{"Ann"}}).error->detail.find("blank"), std::string::npos);
}

TEST(Importer, AKnownColumnTwiceIsAnErrorThatNamesBoth) {
  const ImportReport report = import({"Phone", "Status", "x", "STATUS"}, {{"2125550101", "", "", "DO_NOT_CALL"}});
  ASSERT_TRUE(report.error.has_value());
  EXPECT_NE(report.error->detail.find("(B and D)"), std::string::npos) << report.error->detail;
}

TEST(Importer, FinalStatusesAreKnownInAnySpelling) {
  for (const std::string status :
       {"COMPLETED", "completed", " Completed ", "DO_NOT_CALL", "do not call", "Do-Not-Call", "DNC", "Don't call"}) {
    const ImportReport report = import({"Phone", "Status"}, {{"2125550101", status}});
    EXPECT_TRUE(report.contacts.empty()) << status;
    EXPECT_EQ(report.skipped.size(), 1u);
  }
  for (const std::string status : {"", "FAILED", "NO_ANSWER", "pending", "incomplete"})
    EXPECT_EQ(import({"Phone", "Status"}, {{"2125550101", status}}).contacts.size(), 1u) << status;
}

TEST(Importer, DoNotCallHoldsForTheNumberOnWhicheverRowItStands) {
  const ImportReport report =
      import({"Phone", "Status"}, {{"212-555-0101", ""}, {"+1 212 555 0101", "DO_NOT_CALL"}, {"2125550102", ""}});

  ASSERT_EQ(report.contacts.size(), 1u);
  EXPECT_EQ(report.contacts[0].row, 4);
  EXPECT_EQ(reason_of(report, 2), "Row 3 says DO_NOT_CALL for this number.");
  EXPECT_EQ(reason_of(report, 3), "The status is DO_NOT_CALL.");
}

TEST(Importer, ACompletedRowDoesNotBarALaterOneOfTheSameNumber) {
  const ImportReport report = import({"Phone", "Status"}, {{"2125550101", "COMPLETED"}, {"2125550101", ""}});
  ASSERT_EQ(report.contacts.size(), 1u);
  EXPECT_EQ(report.contacts[0].row, 3);
}

TEST(Importer, AWrongAddressIsLeftOutAndTheRowIsStillCalled) {
  for (const std::string email : {"n/a", "@x.de", "a@", "a@b", "a@.de", "a@b.", "a b@c.de", "a@b@c.de", "a@b..de"}) {
    const ImportReport report = import({"Phone", "Email"}, {{"2125550101", email}});
    ASSERT_EQ(report.contacts.size(), 1u) << email;
    EXPECT_EQ(report.contacts[0].email, "") << email;
  }
  EXPECT_EQ(import({"Phone", "Email"}, {{"2125550101", " a.b+c@mail.example.com "}}).contacts[0].email,
            "a.b+c@mail.example.com");
}

TEST(Importer, VariableNamesAreTheHeadersWithUnderscores) {
  const ImportReport report =
      import({"Phone", " Due  Date ", "{{x}}", "Größe", "system__time", "Secret__key", "", "a\nb"},
             {{"2125550101", "1", "2", "3", "4", "5", "6", "7"}});
  EXPECT_EQ(report.contacts[0].variables, (Variables{{"Due_Date", "1"}, {"x", "2"}, {"Größe", "3"}, {"a_b", "7"}}));
}

TEST(Importer, EveryContactHasEveryVariable) {
  const ImportReport report = import({"Phone", "A", "B"}, {{"2125550101"}, {"2125550102", "", "b"}});
  EXPECT_EQ(report.contacts[0].variables, (Variables{{"A", ""}, {"B", ""}}));
  EXPECT_EQ(report.contacts[1].variables, (Variables{{"A", ""}, {"B", "b"}}));
}

TEST(Importer, ValuesAreOneHarmlessLine) {
  struct Case {
    std::string cell, value;
  };
  const std::vector<Case> cases{
      {"a\r\n\tb\x01"
       "c\x7F",
       "a b c"},
      {"x\xC2\x85y\xC2\xA0z", "x y\xC2\xA0z"},
      {"{{system__caller_id}}", "system__caller_id"},
      {"{{{{a}}}}", "a"},
      {"{{{x", "{x"},
      {"{{{{", ""},
      {"a{b}c", "a{b}c"},
      {"{ {{ {x", "{  {x"},
      {"{{}{", "}{"},
      {"{{{}}{x", "x"},
      {"}{}}{{x", "}{x"},
  };
  for (const Case& c : cases) {
    const ImportReport report = import({"Phone", "V"}, {{"2125550101", c.cell}});
    const std::string& value = report.contacts[0].variables.at("V");
    EXPECT_EQ(value.find("}}"), std::string::npos) << value;
    EXPECT_EQ(value, c.value);
    EXPECT_EQ(value.find("{{"), std::string::npos) << value;
  }
  const ImportReport report = import({"Phone", "V"}, {{"2125550101", std::string(499, 'x') + "éé"}});
  EXPECT_EQ(report.contacts[0].variables.at("V"), std::string(499, 'x')) << "cut at a character's edge";
}

TEST(Importer, AnInlineListIsReadLikeASheet) {
  const Json contacts = Json::parse(R"([
    {"name": "Ann", "phone": "(212) 555-0101", "email": "ann@example.com", "vehicle": "Golf", "due": 12.5, "vip": true},
    {"Name": "Bob", "phone": 12125550102, "vehicle": null},
    {"phone": "212-555-0101"},
    "nonsense",
    {"name": "Cem"},
    {"phone": "+12125550103", "status": "do not call"}
  ])");

  const ImportReport report = import_inline(contacts);

  ASSERT_FALSE(report.error.has_value());
  ASSERT_EQ(report.contacts.size(), 2u);
  EXPECT_EQ(report.contacts[0].row, 1);
  EXPECT_EQ(report.contacts[0].name, "Ann");
  EXPECT_EQ(report.contacts[0].email, "ann@example.com");
  EXPECT_EQ(report.contacts[0].variables, (Variables{{"due", "12.5"}, {"vehicle", "Golf"}, {"vip", "true"}}));
  EXPECT_EQ(report.contacts[1].name, "Bob");
  EXPECT_EQ(report.contacts[1].phone, "+12125550102");
  EXPECT_EQ(report.contacts[1].variables, (Variables{{"due", ""}, {"vehicle", ""}, {"vip", ""}}));
  EXPECT_EQ(reason_of(report, 3), "It has the same number as row 1.");
  EXPECT_EQ(reason_of(report, 4), "The phone number is empty.");
  EXPECT_EQ(reason_of(report, 5), "The phone number is empty.");
  EXPECT_EQ(reason_of(report, 6), "The status is DO_NOT_CALL.");
}

TEST(Importer, AnInlineListThatIsNoneIsAnError) {
  for (const Json& contacts : {Json("x"), Json::object(), Json(nullptr), Json(3)})
    EXPECT_TRUE(import_inline(contacts).error.has_value());
  EXPECT_FALSE(import_inline(Json::array()).error.has_value());

  Json wide = Json::array();
  for (int i = 0; i < 201; ++i) wide.push_back(Json{{"k" + std::to_string(i), 1}});
  EXPECT_TRUE(import_inline(wide).error.has_value());
}

TEST(Importer, TheDefaultRegionIsForNumbersWithoutACountryCode) {
  ImportOptions options;
  options.default_region = "DE";
  const ImportReport report = import_table(make_table({"Phone"}, {{"030 901820"}, {"+12125550101"}}), options);
  ASSERT_EQ(report.contacts.size(), 2u);
  EXPECT_EQ(report.contacts[0].phone, "+4930901820");
  EXPECT_EQ(report.contacts[1].phone, "+12125550101");
}

TEST(Importer, EveryRowIsAContactOrSkippedAndNoNumberIsCalledTwice) {
  std::mt19937 dice{20261123};
  const Cells phones{"2125550101", "+1 212 555 0101", "2125550102", "(212) 555-0103", "n/a", "", "1.2E+10", "555-0104"};
  const Cells statuses{"", "", "", "COMPLETED", "DO_NOT_CALL", "busy"};
  for (int round = 0; round < 300; ++round) {
    std::vector<Cells> rows(1 + dice() % 12);
    for (Cells& row : rows) row = {phones[dice() % phones.size()], statuses[dice() % statuses.size()], "v"};
    const ImportReport report = import({"Phone", "Status", "V"}, rows);

    std::set<int> seen;
    std::set<std::string> numbers, barred;
    for (const SkippedContact& skipped : report.skipped) {
      seen.insert(skipped.row);
      EXPECT_TRUE(skipped.reason.ends_with('.')) << skipped.reason;
    }
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const auto number = phone::parse_number(rows[i][0]);
      if (rows[i][1] == "DO_NOT_CALL" && number) barred.insert(*number);
    }
    for (const NewContact& contact : report.contacts) {
      seen.insert(contact.row);
      EXPECT_TRUE(phone::is_e164(contact.phone));
      EXPECT_FALSE(contact.zones.empty());
      EXPECT_TRUE(numbers.insert(contact.phone).second) << "twice";
      EXPECT_FALSE(barred.contains(contact.phone)) << "somebody asked not to be called";
    }
    EXPECT_EQ(seen.size(), rows.size());
    EXPECT_EQ(report.contacts.size() + report.skipped.size(), rows.size());
  }
}

TEST(Importer, HeadersInOtherLanguagesAreKnown) {
  const Cells headers[] = {{"Name", "Telefonnummer", "E-Mail-Adresse"},
                           {"Nombre", "TELÉFONO", "Correo electrónico"},
                           {"Nom complet", "Téléphone", "Courriel"},
                           {"Nome", "Cellulare", "Email"},
                           {"Nome", "Telemóvel", "E-mail"},
                           {"Naam", "Telefoon", "E-mailadres"}};
  for (const Cells& header : headers) {
    const auto report = import(header, {{"Ana", "+1 212 555 0101", "ana@example.com"}});
    ASSERT_EQ(report.contacts.size(), 1u) << header[1] << ": " << (report.error ? report.error->detail : "");
    EXPECT_EQ(report.contacts[0].name, "Ana") << header[0];
    EXPECT_EQ(report.contacts[0].email, "ana@example.com") << header[2];
    EXPECT_TRUE(report.contacts[0].variables.empty());
  }
  const auto split = import({"Prénom", "Nom", "Tel."}, {{"Zoé", "Dupont", "+1 212 555 0101"}});
  EXPECT_EQ(split.contacts[0].name, "Zoé Dupont");
}

TEST(Importer, AnAddressThatIsNoneIsToldAndTheContactIsCalledAllTheSame) {
  const auto report = import({"Phone", "Email"}, {{"+1 212 555 0101", "ask his wife"}});
  ASSERT_EQ(report.contacts.size(), 1u);
  ASSERT_EQ(report.warnings.size(), 1u);
  EXPECT_EQ(report.warnings[0].row, 2);
  EXPECT_EQ(report.warnings[0].reason, "\"ask his wife\" is no e-mail address and is left out; the contact is called.");
}

TEST(Importer, NumbersWithoutACountryCodeAreOfTheDefaultRegion) {
  ImportOptions options;
  options.default_region = "DE";
  const auto report = import_table(make_table({"Phone"}, {{"030 901820"}}), options);
  ASSERT_EQ(report.contacts.size(), 1u);
  EXPECT_EQ(report.contacts[0].phone, "+4930901820");
}

TEST(Import, SkipsNumbersInPlacesThatAreNotCalled) {
  ImportOptions options;
  const std::vector<std::string> callers{"+14155550100"};
  options.destinations.emplace(std::vector<std::string>{}, callers);
  const Json people =
      Json::array({{{"phone", "+14155550101"}}, {{"phone", "+18095550102"}}, {{"phone", "+4930901820"}}});

  const auto report = import_inline(people, options);

  ASSERT_EQ(report.contacts.size(), 1u);
  ASSERT_EQ(report.skipped.size(), 2u);
  EXPECT_EQ(report.skipped[0].row, 2);
  EXPECT_EQ(report.skipped[0].reason,
            "The number is in DO (area code 809), and calls go to US only (OTTO_ALLOWED_DESTINATIONS).");
  EXPECT_EQ(report.skipped[1].reason, "The number is in DE, and calls go to US only (OTTO_ALLOWED_DESTINATIONS).");
}

}  // namespace
}  // namespace otto::campaign
