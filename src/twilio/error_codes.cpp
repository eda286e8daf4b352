// Twilio's error codes that can answer or end an outbound call, after its error dictionary.
#include <algorithm>

#include "otto/twilio/line_outcome.hpp"

namespace otto::twilio {

namespace {

using enum ports::RefusalScope;

constexpr ErrorCode kCodes[] = {
    {10001, Account, false, "The Twilio account is not active: check its balance and status in the Twilio console"},
    {10002, Account, false, "A Twilio trial account may not do this: upgrade the account"},
    {10004, Account, true, "The Twilio account has reached its limit of calls at once: lower maxConcurrentCalls"},
    {11200, Campaign, false, "Twilio got no usable answer from Otto: check that BASE_URL reaches this server"},
    {11205, Campaign, false, "Twilio could not connect to Otto: check that BASE_URL reaches this server"},
    {11206, Campaign, false, "Twilio and Otto disagreed about HTTP: check the proxy behind BASE_URL"},
    {11210, Campaign, false, "Twilio could not resolve the host in BASE_URL: check its DNS entry"},
    {11215, Campaign, false, "Twilio was redirected too often: BASE_URL must answer without redirects"},
    {11220, Campaign, false, "Twilio could not set up TLS with Otto: check the certificate of the host in BASE_URL"},
    {11235, Campaign, false, "Twilio refused Otto's certificate: check the certificate of the host in BASE_URL"},
    {11236, Campaign, false, "Twilio refused Otto's certificate: check the certificate of the host in BASE_URL"},
    {11237, Campaign, false, "Twilio refused Otto's certificate: check the certificate of the host in BASE_URL"},
    {13223, Contact, false, "The contact's number is not a valid phone number: correct it in the contact list"},
    {13224, Contact, false, "No carrier delivers calls to the contact's number: check it in the contact list"},
    {13225, Contact, false, "Twilio blocks calls to the contact's number: remove it from the contact list"},
    {13226, Contact, false, "The contact's country code is not valid: correct the number in the contact list"},
    {13227, Country, false,
     "Calls to this country are switched off: allow it in Twilio's Voice geographic permissions"},
    {13805, Account, false, "Twilio ended the call since trial calls last 10 minutes at most: upgrade the account"},
    {20003, Account, false,
     "Twilio refused the credentials: check TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN or the API key, and the region"},
    {20005, Account, false, "The Twilio account is not active: check its balance and status in the Twilio console"},
    {20006, Account, false, "The Twilio API key may not place calls: give it the permission, or use another key"},
    {20008, Account, false, "These are Twilio test credentials: set the live TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN"},
    {20403, Account, false, "The Twilio API key may not place calls: give it the permission, or use another key"},
    {20404, Account, false, "Twilio knows no such account: check TWILIO_ACCOUNT_SID and TWILIO_API_BASE_URL"},
    {20429, Account, true, "Twilio is getting too many requests at once: lower TWILIO_CALLS_PER_SECOND"},
    {21201, Contact, false, "The call had no number to dial: check the contact's phone number"},
    {21202, Contact, false, "The contact's number is a premium number: remove it from the contact list"},
    {21203, Country, false,
     "Calls to this country are switched off: allow it in Twilio's Voice geographic permissions"},
    {21205, Campaign, false, "Twilio refused Otto's own URL: check BASE_URL"},
    {21206, Campaign, false, "Twilio refused the keys to send: check the campaign's settings"},
    {21208, Campaign, false, "Twilio refused the ringing time: check the campaign's settings"},
    {21209, Campaign, false, "Twilio refused a callback's HTTP method: report this as a fault of Otto"},
    {21210, CallerId, false,
     "The caller id is neither a number of this Twilio account nor verified: check TWILIO_OUTBOUND_NUMBER or callerId"},
    {21211, Contact, false, "The contact's number is not a valid phone number: correct it in the contact list"},
    {21212, CallerId, false,
     "The caller id is not valid or must not be dialed from: check TWILIO_OUTBOUND_NUMBER or callerId"},
    {21213, CallerId, false, "The call had no caller id: set TWILIO_OUTBOUND_NUMBER or callerId"},
    {21214, Contact, false, "The contact's number cannot be reached: check it in the contact list"},
    {21215, Country, false,
     "Calls to this country are switched off: allow it in Twilio's Voice geographic permissions"},
    {21216, Contact, false, "Twilio blocks calls to the contact's number: remove it from the contact list"},
    {21217, Contact, false, "The contact's number does not look like a phone number: correct it in the contact list"},
    {21218, Campaign, false, "Twilio refused the application SID: report this as a fault of Otto"},
    {21219, Contact, false, "A trial account calls verified numbers only: verify the number, or upgrade the account"},
    {21234, Campaign, false, "Twilio refused the answering-machine setting: check the campaign's voicemail setting"},
    {21263, Campaign, false, "Twilio refused the answering-machine setting: check the campaign's voicemail setting"},
    {21608, Contact, false, "A trial account calls verified numbers only: verify the number, or upgrade the account"},
    {21609, Campaign, false, "Twilio refused the URL for call events: check BASE_URL"},
    {22005, Account, false,
     "Twilio's queue already holds calls for 24 hours: wait, and lower TWILIO_CALLS_PER_SECOND to the account's limit"},
    {32016, Contact, false, "The carrier did not answer in time: the call may be tried again later"},
    {32017, CallerId, false,
     "Carriers block calls from this caller id as unwanted: rest the number and register it with the analytics firms"},
    {32203, Contact, false, "Twilio blocks calls to the contact's number: remove it from the contact list"},
    {32205, Country, false,
     "Calls to this country are switched off: allow it in Twilio's Voice geographic permissions"},
    {70051, Account, false, "The Twilio API key may not place calls: give it the permission, or use another key"},
};
static_assert(std::ranges::is_sorted(kCodes, {}, &ErrorCode::code));

}  // namespace

std::span<const ErrorCode> error_codes() noexcept { return kCodes; }

const ErrorCode* find_error_code(int code) noexcept {
  const auto* found = std::ranges::lower_bound(kCodes, code, {}, &ErrorCode::code);
  return found != std::end(kCodes) && found->code == code ? found : nullptr;
}

}  // namespace otto::twilio
