// The README's curl examples, run as printed; only the demo's address and key are replaced by this world's.
#include <fstream>
#include <iterator>

#include "tests/system/world.hpp"

namespace otto::system_test {
namespace {

std::vector<std::string> shell_blocks(const std::string& markdown) {
  std::vector<std::string> blocks;
  constexpr std::string_view kOpen = "```sh\n", kClose = "\n```";
  for (std::size_t at = markdown.find(kOpen); at != std::string::npos; at = markdown.find(kOpen, at)) {
    at += kOpen.size();
    blocks.push_back(markdown.substr(at, markdown.find(kClose, at) - at));
  }
  return blocks;
}

void replace_all(std::string& text, const std::string& from, const std::string& to) {
  for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
}

class Readme : public SystemTest {};

TEST_F(Readme, EveryCurlExampleWorksAsPrinted) {
  std::ifstream in{OTTO_SOURCE_DIR "/README.md"};
  const std::string markdown{std::istreambuf_iterator<char>(in), {}};
  World& world = make_world();
  std::string id;
  int examples = 0;

  for (std::string example : shell_blocks(markdown)) {
    if (!example.starts_with("curl ")) continue;
    ++examples;
    replace_all(example, "http://127.0.0.1:8080", world.url());
    replace_all(example, "demo-key-for-n8n-0123456789", kKey);
    std::vector<std::string> environment = world.environment();
    environment.push_back("ID=" + id);
    environment.push_back("PATH=/usr/bin:/bin");
    const Finished done = run_command({"/bin/bash", "-c", example}, environment);
    ASSERT_EQ(done.status, 0) << example << done.output;
    const auto answer = parse_json(done.output);
    ASSERT_TRUE(answer) << example << done.output;
    EXPECT_FALSE(answer->contains("error")) << example << done.output;
    if (answer->contains("campaignId")) id = (*answer)["campaignId"];
  }

  EXPECT_EQ(examples, 4);
  EXPECT_FALSE(id.empty());
}

}  // namespace
}  // namespace otto::system_test
