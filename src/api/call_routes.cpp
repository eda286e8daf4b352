// One call, for a person who wants to know how it went.
#include "otto/api/answers.hpp"
#include "otto/api/routes.hpp"

namespace otto::api {

namespace {

Task<net::Response> call_answer(const Deps& deps, net::Request request) {
  auto found = co_await deps.store.attempts.report(std::string{request.param("call")});
  if (!found) co_return net::error_response(found.error());
  if (!*found) co_return net::error_response(404, "not_found", "There is no call with this id or CallSid.");
  co_return net::json_response(200, call_report(**found));
}

}  // namespace

std::vector<net::Route> call_routes(const Deps& deps) {
  net::Route call;
  call.method = "GET";
  call.pattern = "/api/calls/:call";
  call.guard = "api_key";
  call.check = ApiKeys{deps.config.api_keys}.guard();
  call.check_on_head = true;
  call.handle = [&deps](net::Request request) { return call_answer(deps, std::move(request)); };
  return {call};
}

}  // namespace otto::api
