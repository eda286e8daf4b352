# cmake -DFILES=a.sql;b.sql -DOUTPUT=x.cpp -P embed_migrations.cmake: the files as one C++ table, in order of number.
list(SORT FILES)
set(rows "")
foreach(file ${FILES})
  get_filename_component(name ${file} NAME_WE)
  file(READ ${file} hex HEX)
  # Bytes, not a string literal: no length limit, nothing to escape.
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${hex}")
  string(APPEND arrays "constexpr unsigned char k_${name}[] = {${bytes}};\n")
  string(APPEND rows "      {\"${name}\", as_text(k_${name}, sizeof k_${name})},\n")
endforeach()
file(WRITE ${OUTPUT} "// Made from migrations/ by cmake/embed_migrations.cmake.
#include \"store/migration_files.hpp\"

namespace otto::store {
namespace {
${arrays}
std::string_view as_text(const unsigned char* bytes, std::size_t size) {
  return {reinterpret_cast<const char*>(bytes), size};
}
}  // namespace

const std::vector<MigrationFile>& migration_files() {
  static const std::vector<MigrationFile> files{
${rows}  };
  return files;
}

}  // namespace otto::store
")
