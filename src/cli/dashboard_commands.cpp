// What goes into the dashboard's settings: a password that is not the password itself, and a second factor.
#include <cstdio>
#include <iostream>
#include <termios.h>
#include <unistd.h>

#include "otto/api/password.hpp"
#include "otto/crypto/digest.hpp"
#include "otto/crypto/stretch.hpp"
#include "otto/crypto/totp.hpp"

#include "commands.hpp"

namespace otto::cli {

namespace {

constexpr std::size_t kSalt = 16;

/// Keys that are typed are not shown while it lives.
class NoEcho {
 public:
  NoEcho() {
    if (tcgetattr(STDIN_FILENO, &before_) != 0) return;
    termios quiet = before_;
    quiet.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    is_set_ = tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet) == 0;
  }
  ~NoEcho() {
    if (is_set_) tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
  }
  NoEcho(const NoEcho&) = delete;

 private:
  termios before_{};
  bool is_set_ = false;
};

std::string ask_for(const char* what) {
  const NoEcho quiet;
  std::fprintf(stderr, "%s: ", what);
  std::string text;
  std::getline(std::cin, text);
  std::fputs("\n", stderr);
  return text;
}

}  // namespace

int password(bool for_view, const Output& out) {
  std::string typed;
  if (isatty(STDIN_FILENO) == 0) {
    std::getline(std::cin, typed);
  } else {
    typed = ask_for("Password");
    if (ask_for("Once more") != typed) return out.fail(Error{Errc::InvalidInput, "The two are not the same."});
  }
  if (const auto problem = api::password_problem(typed); !problem.empty())
    return out.fail(Error{Errc::InvalidInput, "A password " + problem + "."});
  const auto made = crypto::format_stretched(crypto::stretch(typed, crypto::random_bytes(kSalt)));
  const std::string name = for_view ? "OTTO_DASHBOARD_VIEW_PASSWORD" : "OTTO_DASHBOARD_PASSWORD";
  if (out.json()) return out.document({{"name", name}, {"value", made}});
  std::printf("%s=%s\n", name.c_str(), made.c_str());
  return 0;
}

int totp(bool for_view, const Output& out) {
  const auto secret = crypto::base32_encode(crypto::random_bytes(crypto::kTotpSecret));
  const std::string name = for_view ? "OTTO_DASHBOARD_VIEW_TOTP_SECRET" : "OTTO_DASHBOARD_TOTP_SECRET";
  const auto url = crypto::otpauth_url(secret, "Otto", for_view ? "dashboard (view)" : "dashboard");
  if (out.json()) return out.document({{"name", name}, {"value", secret}, {"url", url}});
  std::printf("%s=%s\n%s\n", name.c_str(), secret.c_str(), url.c_str());
  return 0;
}

}  // namespace otto::cli
