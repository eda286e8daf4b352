// What the compiler and the linker were told to do against whoever finds a hole all the same: read from the daemon's
// file.
#include <elf.h>
#include <gtest/gtest.h>
#include <set>
#include <string>

#include "tests/system/process.hpp"

namespace otto::system_test {
namespace {

class Program {
 public:
  explicit Program(const std::string& path) : bytes_{read_file(path)} {}
  const Elf64_Ehdr& head() const { return *at<Elf64_Ehdr>(0); }
  const Elf64_Phdr* segment(std::uint32_t type) const {
    for (std::size_t i = 0; i < head().e_phnum; ++i) {
      const auto* one = at<Elf64_Phdr>(head().e_phoff + i * head().e_phentsize);
      if (one->p_type == type) return one;
    }
    return nullptr;
  }
  std::uint64_t dynamic(std::int64_t tag) const {
    const auto* all = segment(PT_DYNAMIC);
    for (std::size_t i = 0; i < all->p_filesz / sizeof(Elf64_Dyn); ++i)
      if (const auto* one = at<Elf64_Dyn>(all->p_offset + i * sizeof(Elf64_Dyn)); one->d_tag == tag)
        return one->d_un.d_val;
    return 0;
  }
  /// The names that it takes from libraries, without their versions.
  std::set<std::string> imports() const {
    std::set<std::string> names;
    for (std::size_t i = 0; i < head().e_shnum; ++i) {
      const auto* section = at<Elf64_Shdr>(head().e_shoff + i * head().e_shentsize);
      if (section->sh_type != SHT_DYNSYM) continue;
      const auto* text = at<Elf64_Shdr>(head().e_shoff + section->sh_link * head().e_shentsize);
      for (std::size_t n = 0; n < section->sh_size / sizeof(Elf64_Sym); ++n) {
        const auto* symbol = at<Elf64_Sym>(section->sh_offset + n * sizeof(Elf64_Sym));
        if (symbol->st_shndx == SHN_UNDEF) names.insert(bytes_.c_str() + text->sh_offset + symbol->st_name);
      }
    }
    return names;
  }

 private:
  template <class T>
  const T* at(std::size_t offset) const {
    if (offset + sizeof(T) > bytes_.size()) throw std::out_of_range{"no ELF file"};
    return reinterpret_cast<const T*>(bytes_.data() + offset);
  }
  std::string bytes_;
};

TEST(Hardening, TheDaemonIsBuiltToBeHardToBreak) {
  if (!std::string{OTTO_BUILD_DIR}.ends_with("/build")) GTEST_SKIP() << "only what people run is built so";
  const Program otto{OTTO_BUILD_DIR "/otto"};

  EXPECT_EQ(otto.head().e_type, ET_DYN) << "its place in memory is random (PIE)";
  EXPECT_NE(otto.segment(PT_INTERP), nullptr);
  EXPECT_TRUE(otto.dynamic(DT_FLAGS_1) & DF_1_PIE);
  ASSERT_NE(otto.segment(PT_GNU_RELRO), nullptr) << "what the loader has filled in becomes read-only";
  EXPECT_TRUE(otto.dynamic(DT_FLAGS) & DF_BIND_NOW || otto.dynamic(DT_FLAGS_1) & DF_1_NOW)
      << "and is filled in at once";
  ASSERT_NE(otto.segment(PT_GNU_STACK), nullptr);
  EXPECT_FALSE(otto.segment(PT_GNU_STACK)->p_flags & PF_X) << "nothing is run from the stack";
  const auto imports = otto.imports();
  EXPECT_TRUE(imports.contains("__stack_chk_fail")) << "-fstack-protector-strong";
  int checked = 0;
  for (const std::string& name : imports) checked += name.starts_with("__") && name.ends_with("_chk");
  EXPECT_GT(checked, 0) << "_FORTIFY_SOURCE";
}

}  // namespace
}  // namespace otto::system_test
