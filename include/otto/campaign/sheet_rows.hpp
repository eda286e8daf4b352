// A contact's row in a sheet that people sort, cut, insert into and retype: which one it is, what may be written into
// it, and whether what was written stands where it should. Pure; campaign/sheet_sync drives it.
//
// - A row is a contact's by its number. When the number stands, or ever stood, in several rows, the row's other cells
//   must speak for it; when they leave two different rows equally likely, nothing is written. A row whose number has
//   been retyped is recognised by everything else in it, if that can be no other contact's.
// - Status and Last Called are written over what Otto wrote or found at the import, and into blank cells. Whatever else
//   stands there was typed by a person and stays; what Otto would have written is then told in Notes.
// - Notes keep what a person wrote: Otto's part comes after it, and only that part is replaced. The conversation is
//   given the person's part.
#pragma once

#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "otto/campaign/importer.hpp"
#include "otto/ports/sheet_store.hpp"

namespace otto::campaign {

/// What a column that a row's text goes into is for.
struct SheetColumns {
  std::optional<std::size_t> status, last_called, notes;
};

class SheetView {
 public:
  /// Errors as import_table()'s.
  static Result<SheetView> make(const ports::SheetTable& table, const ImportOptions& options);

  struct Row {
    int number = 0;
    NewContact contact;                        ///< as the importer would have it; phone "" when the cell holds none
    bool is_final = false, is_barred = false;  ///< Status COMPLETED or DO_NOT_CALL; barred: DO_NOT_CALL
  };
  const std::vector<Row>& rows() const noexcept { return rows_; }
  const SheetColumns& columns() const noexcept { return columns_; }
  const std::string& notes_key() const noexcept { return notes_key_; }  ///< the variable that Notes are
  const Row* at(int number) const;
  std::vector<const Row*> with_phone(const std::string& phone) const { return found_in(by_phone_, phone); }
  std::vector<const Row*> with_name(const std::string& name) const { return found_in(by_name_, name); }

 private:
  using Index = std::unordered_multimap<std::string, std::size_t>;
  std::vector<const Row*> found_in(const Index& index, const std::string& key) const;
  std::vector<Row> rows_;  ///< by number
  Index by_phone_, by_name_;
  SheetColumns columns_;
  std::string notes_key_;
};

struct FoundRow {
  const SheetView::Row* row = nullptr;  ///< none: missing or ambiguous
  bool is_ambiguous = false;
  bool is_shared = false;  ///< several rows have the number
};
FoundRow find_row(const SheetView& view, const ports::SheetContact& contact);

/// What is to be done about one unwritten contact.
struct RowDecision {
  int row = 0;                          ///< 0: nothing can be written
  std::vector<ports::SheetCell> cells;  ///< empty: the row shows it already
  SheetRowText text;                    ///< what the three cells hold afterwards
  ports::SheetSettled settled;
};
std::vector<RowDecision> decide_rows(const SheetView& view, const std::vector<ports::SheetContact>& contacts);

/// After the write, with the sheet read again: decisions whose cells stand in the contact's own row are `confirmed`;
/// what fell into other rows because they moved meanwhile is put back by `repairs`.
struct Verdict {
  std::vector<bool> confirmed;  ///< by decision
  std::vector<ports::SheetCell> repairs;
};
Verdict verify_rows(const SheetView& before, const SheetView& after, const std::vector<RowDecision>& decisions,
                    const std::vector<ports::SheetContact>& contacts);

/// A row that shows what an instance was about to write into another contact's row when it was cut off. It is known by
/// Last Called, whose milliseconds no other call has; in a sheet without that column it cannot be told.
struct Stray {
  int row = 0;
  std::size_t aim = 0;  ///< whose text it is, of `aimed`
  std::string phone;    ///< whose row it is
};
std::vector<Stray> find_strays(const SheetView& view, const std::vector<ports::SheetContact>& aimed);
/// Gives rows of `owners`, the strays' contacts, what was seen in them last. What a row held that is no contact's of
/// the campaign is not known: it is emptied, but a COMPLETED stays, which may have been the row's own. (Had it said
/// DO_NOT_CALL, its number is on the do-not-call list since the first look.)
std::vector<ports::SheetCell> clear_strays(const SheetView& view, const std::vector<ports::SheetContact>& aimed,
                                           const std::vector<Stray>& strays,
                                           const std::vector<ports::SheetContact>& owners);

/// What people's edits make of the due contacts. `due` may be some of them only: those whose rows have changed.
/// `known`: numbers that the campaign has a contact for, among those of the view's rows.
struct EditOptions {
  bool follow = false;                                       ///< rows of unknown numbers become contacts
  seconds absent_before_drop{60};                            ///< a row may be cut and pasted
  const std::unordered_set<std::string>* changed = nullptr;  ///< numbers whose rows may be new; none: all
  EditOptions() = default;
};
ports::SheetEdits find_edits(const SheetView& view, const std::vector<ports::SheetContact>& due,
                             const std::vector<std::string>& known, const EditOptions& options, TimePoint now);

}  // namespace otto::campaign
