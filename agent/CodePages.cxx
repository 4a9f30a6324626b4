// SPDX-License-Identifier: Apache-2.0
#include "agent/CodePages.hxx"

#include <link.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <span>

namespace lookout {

namespace {

using Segment = ElfW(Phdr);

/** Code that the dynamic linker has changed is in no file: it must stay. */
bool IsChanged(const dl_phdr_info &object, const Segment &dynamic) {
  const auto *entry = reinterpret_cast<const ElfW(Dyn) *>(object.dlpi_addr + dynamic.p_vaddr);
  for (; entry->d_tag != DT_NULL; ++entry) {
    if (entry->d_tag == DT_TEXTREL || (entry->d_tag == DT_FLAGS && (entry->d_un.d_val & DF_TEXTREL) != 0)) return true;
  }
  return false;
}

int UnmapCodeOf(dl_phdr_info *object, size_t, void *) noexcept {
  const std::span segments(object->dlpi_phdr, object->dlpi_phnum);
  const bool is_changed = std::any_of(segments.begin(), segments.end(), [object](const Segment &segment) {
    return segment.p_type == PT_DYNAMIC && IsChanged(*object, segment);
  });
  if (is_changed) return 0;
  const auto page = static_cast<uintptr_t>(::sysconf(_SC_PAGESIZE));
  for (const auto &segment : segments) {
    if (segment.p_type != PT_LOAD || (segment.p_flags & PF_X) == 0 || (segment.p_flags & PF_W) != 0) continue;
    const uintptr_t start = object->dlpi_addr + segment.p_vaddr;
    const uintptr_t begin = start / page * page;
    ::madvise(reinterpret_cast<void *>(begin), start + segment.p_filesz - begin, MADV_DONTNEED);
  }
  return 0;
}

}  // namespace

void UnmapUsedCode() {
  ::dl_iterate_phdr(UnmapCodeOf, nullptr);
}

}  // namespace lookout
