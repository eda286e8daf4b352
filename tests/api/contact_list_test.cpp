// The preview of a list, and what the trigger leaves out because another campaign is about to call it.
#include "otto/api/contact_list.hpp"

#include <fstream>
#include <gmock/gmock.h>
#include <iterator>

#include "otto/crypto/digest.hpp"

#include "tests/api/api_fixture.hpp"

namespace otto::api {
namespace {

using testing::HasSubstr;

class Preview : public ApiTest {
 protected:
  static Json list() {
    return Json::array({{{"name", "Maria"}, {"phone", "+14155550101"}, {"email", "maria at home"}},
                        {{"name", "José"}, {"phone", "555-0102"}},
                        {{"name", "Wei"}, {"phone", "(212) 555-0103"}, {"Vehicle", "Civic"}}});
  }
};

TEST_F(Preview, TellsRowByRowWhatACampaignWouldCallAndStoresNothing) {
  const auto response = api("POST", "/api/contacts/preview", {{"contacts", list()}});
  const Json body = json_of(response);

  EXPECT_EQ(response.status, 200) << response.body;
  EXPECT_EQ(body["callable"], 2);
  ASSERT_EQ(body["skippedContacts"].size(), 1u);
  EXPECT_EQ(body["skippedContacts"][0]["row"], 2);
  EXPECT_THAT(text_at(body["skippedContacts"][0], "reason"), HasSubstr("area code"));
  ASSERT_EQ(body["warnings"].size(), 1u);
  EXPECT_THAT(text_at(body["warnings"][0], "reason"), HasSubstr("no e-mail address"));
  EXPECT_EQ(body["variables"], Json::array({"Vehicle"}));
  EXPECT_EQ(body["sample"][1]["zones"], Json::array({"America/New_York"}));
  EXPECT_TRUE(fake.created.empty());
}

TEST_F(Preview, TakesCsvTextAndSheets) {
  const Json csv{{"contactsCsv", "Telefono;x\n"}};
  EXPECT_EQ(api("POST", "/api/contacts/preview", csv).status, 422);
  const auto by_text = api("POST", "/api/contacts/preview", {{"contactsCsv", "Nombre,Teléfono\nAna,(212) 555-0103\n"}});
  EXPECT_EQ(json_of(by_text)["callable"], 1) << by_text.body;
  EXPECT_EQ(json_of(by_text)["sample"][0]["name"], "Ana");
  EXPECT_EQ(api("POST", "/api/contacts/preview", {{"contactsCsv", "Phone\n1"}, {"contacts", list()}}).status, 422);
  EXPECT_EQ(api("POST", "/api/contacts/preview", {{"googleSheetId", "1AbCdEfGhIjKlMnOpQrStUvWxYz0123456789"}}).status,
            404);
  EXPECT_EQ(api("POST", "/api/contacts/preview", {{"campaignName", "x"}, {"contacts", list()}}).status, 422);
}

TEST_F(Preview, TakesAnExcelFileAndOneOfItsTabs) {
  config.allowed_destinations = {"US", "+1555"};  // in the sample
  std::ifstream in{OTTO_SOURCE_DIR "/tests/data/excel.xlsx", std::ios::binary};
  const std::string file = crypto::base64_encode(std::string{std::istreambuf_iterator<char>{in}, {}});

  const Json first = json_of(api("POST", "/api/contacts/preview", {{"contactsXlsx", file}}));
  ASSERT_EQ(first["callable"], 2) << first.dump();
  EXPECT_EQ(first["sample"][0]["phone"], "+15555550142") << "stored as a number";
  EXPECT_EQ(first["sample"][1]["row"], 5);
  const Json other = json_of(api("POST", "/api/contacts/preview", {{"contactsXlsx", file}, {"sheetName", "Archive"}}));
  EXPECT_EQ(other["sample"][0]["name"], "Old") << other.dump();
  const auto unknown = api("POST", "/api/contacts/preview", {{"contactsXlsx", file}, {"sheetName", "Leads"}});
  EXPECT_EQ(unknown.status, 404);
  EXPECT_THAT(unknown.body, HasSubstr("it has \\\"Contacts\\\", \\\"Archive\\\""));
  const auto text = api("POST", "/api/contacts/preview", {{"contactsXlsx", "not base64!"}});
  EXPECT_EQ(text.status, 422);
  EXPECT_THAT(text.body, HasSubstr("contactsXlsx must be the file's bytes in base64"));
  EXPECT_EQ(api("POST", "/api/contacts/preview", {{"contactsXlsx", file}, {"contactsCsv", "Phone\n1"}}).status, 422);
}

TEST_F(Preview, ANumberThatIsAboutToBeCalledAnywayIsLeftOutOrWarnedOf) {
  ports::ActiveNumber same, other;
  same.phone = "+14155550101";
  same.campaign = "First";
  same.type = CampaignType::ServiceFollowup;
  other.phone = "+12125550103";
  other.campaign = "Payments";
  other.type = CampaignType::PaymentReminder;
  fake.sheets.active = {same, other};

  const Json body =
      json_of(api("POST", "/api/contacts/preview", {{"campaignType", "SERVICE_FOLLOWUP"}, {"contacts", list()}}));

  EXPECT_EQ(body["callable"], 1);
  EXPECT_EQ(text_at(body["skippedContacts"][0], "reason"),
            "It is about to be called by the campaign \"First\" already.");
  EXPECT_THAT(body["warnings"].dump(), HasSubstr("by the campaign \\\"Payments\\\" as well."));
}

TEST_F(Preview, TheTriggerKeepsTheSheetsPlaceForWritingBack) {
  ports::SheetTable table;
  table.header = {"Phone"};
  table.rows.push_back({2, {"+14155550101"}});
  ports::SheetSource place;
  place.id = "1AbCdEfGhIjKlMnOpQrStUvWxYz0123456789";
  place.gid = "7";
  place.tab = "December";
  table.place = place;
  sheet.table = table;
  const auto response = api("POST", "/api/n8n/trigger-outbound-campaign",
                            {{"campaignName", "x"}, {"campaignType", "GENERAL"}, {"googleSheetId", place.id}});
  ASSERT_EQ(response.status, 202) << response.body;
  ASSERT_TRUE(fake.created[0].sheet_place);
  EXPECT_EQ(fake.created[0].sheet_place->tab, "December");
  EXPECT_EQ(fake.created[0].sheet_place->gid, "7");
}

}  // namespace
}  // namespace otto::api
