//! Pages of the program and its libraries: what is not in use is not kept mapped.
//!
//! The system maps sixteen pages around each one that is used, and unmaps none of them before memory
//! is short. After the start, which runs a large part of the code once, nearly all of it would count
//! as memory of the server for as long as it runs. Unmapped, they stay in the page cache: the next
//! use of one costs a page fault without a read from the disk, and the system can drop the others.
//! A page that was changed (by a debugger, say) is in no file and would be lost: its segment stays
//! as it is.

use std::ffi::{c_int, c_void};
use std::fs::File;
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::ptr;

/// A page's entry of `/proc/self/pagemap`: 64 bits, of which these are readable for everybody
/// (Documentation/admin-guide/mm/pagemap.rst of the kernel).
const ENTRY_BYTES: usize = size_of::<u64>();
const IS_PRESENT: u64 = 1 << 63;
const IS_SWAPPED: u64 = 1 << 62;
const IS_OF_A_FILE: u64 = 1 << 61;

/// Entries that are read in one call: those of 2 MiB.
const ENTRIES_AT_ONCE: usize = 512;

/// Unmaps what is as it stands in its file. What is used is mapped again by its next use.
pub(super) fn unmap() {
    // Where it cannot be seen which pages were changed, all stay.
    let Ok(pagemap) = File::open("/proc/self/pagemap") else { return };
    let mut walk = Walk { pagemap, page_bytes: rustix::param::page_size() };
    #[expect(unsafe_code, reason = "a call of the C library has no safe door")]
    // SAFETY: `visit` takes a `Walk` as its last parameter and does not keep it, and it cannot
    // unwind. No object is loaded or unloaded meanwhile: the C library holds its lock.
    unsafe {
        libc::dl_iterate_phdr(Some(visit), (&raw mut walk).cast())
    };
}

struct Walk {
    pagemap: File,
    page_bytes: usize,
}

/// Called for the program and for each of its libraries.
#[expect(unsafe_code, reason = "a function that the C library calls with pointers")]
unsafe extern "C" fn visit(
    object: *mut libc::dl_phdr_info,
    _: libc::size_t,
    walk: *mut c_void,
) -> c_int {
    // SAFETY: the C library hands out a valid object, and the parameter that `unmap` gave it, for
    // the time of the call; `unmap` does not use it meanwhile.
    let (object, walk) = unsafe { (&*object, &*walk.cast::<Walk>()) };
    // SAFETY: that many headers are there, for as long as the object is loaded.
    let headers = unsafe { std::slice::from_raw_parts(object.dlpi_phdr, object.dlpi_phnum.into()) };
    for header in headers {
        // What the program may write to has values that stand in no file.
        if header.p_type != libc::PT_LOAD || header.p_flags & libc::PF_W != 0 {
            continue;
        }
        let start = object.dlpi_addr.wrapping_add(header.p_vaddr);
        let end = start.wrapping_add(header.p_memsz);
        if let (Ok(start), Ok(end)) = (start.try_into(), end.try_into()) {
            walk.unmap_segment(start..end);
        }
    }
    0
}

impl Walk {
    fn unmap_segment(&self, bytes: Range<usize>) {
        let pages = bytes.start / self.page_bytes..bytes.end.div_ceil(self.page_bytes);
        if !self.are_as_in_their_file(pages.clone()) {
            return;
        }
        let start = ptr::with_exposed_provenance_mut(pages.start * self.page_bytes);
        #[expect(unsafe_code, reason = "a call of the kernel has no safe door")]
        // SAFETY: nothing is lost. Each of these pages is the same in its file, and the program
        // cannot write to them; the next use of one reads it from there. Should the kernel refuse,
        // they stay mapped.
        unsafe {
            libc::madvise(start, pages.len() * self.page_bytes, libc::MADV_DONTNEED)
        };
    }

    fn are_as_in_their_file(&self, mut pages: Range<usize>) -> bool {
        let mut entries = [0; ENTRIES_AT_ONCE * ENTRY_BYTES];
        while !pages.is_empty() {
            let count = pages.len().min(ENTRIES_AT_ONCE);
            let entries = &mut entries[..count * ENTRY_BYTES];
            let place = (pages.start * ENTRY_BYTES) as u64;
            let was_read = self.pagemap.read_exact_at(entries, place).is_ok();
            let (entries, _) = entries.as_chunks();
            if !was_read || entries.iter().any(|entry| is_changed(u64::from_ne_bytes(*entry))) {
                return false;
            }
            pages.start += count;
        }
        true
    }
}

/// A page of a file that is written to in memory becomes one without a file.
fn is_changed(entry: u64) -> bool {
    entry & (IS_PRESENT | IS_SWAPPED) != 0 && entry & IS_OF_A_FILE == 0
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    /// Memory that is mapped from files, in KiB.
    fn of_files() -> u64 {
        let status = fs::read_to_string("/proc/self/status").unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("RssFile:")).unwrap();
        line.trim().strip_suffix(" kB").unwrap().parse().unwrap()
    }

    /// Reads each page of the program's code, as its use would.
    fn map_all() -> u64 {
        let maps = fs::read_to_string("/proc/self/maps").unwrap();
        let program = std::env::current_exe().unwrap();
        let code = maps
            .lines()
            .find(|line| line.contains(" r-xp ") && line.ends_with(&*program.to_string_lossy()));
        let (start, rest) = code.unwrap().split_once('-').unwrap();
        let (end, _) = rest.split_once(' ').unwrap();
        let [start, end] = [start, end].map(|hex| u64::from_str_radix(hex, 16).unwrap());
        let memory = File::open("/proc/self/mem").unwrap();
        for page in (start..end).step_by(rustix::param::page_size()) {
            memory.read_exact_at(&mut [0], page).unwrap();
        }
        (end - start) / 1_024
    }

    #[test]
    fn what_is_not_used_is_not_mapped() {
        let code = map_all();
        assert!(of_files() >= code, "{} of {code} KiB", of_files());
        unmap();
        assert!(of_files() < code / 2, "{} of {code} KiB", of_files());
    }

    /// As a debugger does that sets a break point.
    #[test]
    fn a_change_of_the_code_in_memory_is_not_lost() {
        let code = map_all();
        let memory = File::options().read(true).write(true).open("/proc/self/mem").unwrap();
        let place = (unmap as fn() as *const ()).addr() as u64;
        let mut first = [0];
        memory.read_exact_at(&mut first, place).unwrap();
        // The same byte again: what counts is that it was written.
        memory.write_all_at(&first, place).unwrap();
        unmap();
        assert!(of_files() > code / 2, "{} of {code} KiB", of_files());
    }
}
