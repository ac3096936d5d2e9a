//! A SQLite VFS in front of the default one: every write, sync, truncation and deletion of a test's
//! database passes its [`Disk`] first. It is registered as the default, so that the driver under
//! test opens its files through it without knowing.

#![allow(unsafe_code, reason = "a VFS is a table of C functions")]

use std::ffi::{CStr, c_char, c_int, c_void};
use std::path::Path;
use std::ptr::null_mut;
use std::slice;
use std::sync::{Arc, OnceLock};

use rusqlite::ffi;

use crate::disk::{Disk, Part};

/// What SQLite knows as an open file. The default VFS's own file stands right behind it.
#[repr(C)]
struct ShimFile {
    base: ffi::sqlite3_file,
    /// From `Box::into_raw`; null for files that belong to no [`Disk`].
    on: *mut (Arc<Disk>, Part),
}

/// The VFS that does the work: static data of SQLite, never freed.
struct Default(*mut ffi::sqlite3_vfs);

// SAFETY: the default VFS is static and its functions may be called from any thread.
unsafe impl Send for Default {}
// SAFETY: as above; nothing is written through the pointer.
unsafe impl Sync for Default {}

static DEFAULT: OnceLock<Default> = OnceLock::new();

/// Puts the shim in front of every database that is opened from here on.
pub(crate) fn install() {
    DEFAULT.get_or_init(|| {
        // SAFETY: called once; the copy is leaked, so it stays valid for as long as SQLite has it.
        // The functions that are not replaced here take nothing from their VFS but `mxPathname`
        // and `pAppData`, which the copy has, too.
        unsafe {
            assert_eq!(ffi::sqlite3_initialize(), ffi::SQLITE_OK);
            let default = ffi::sqlite3_vfs_find(std::ptr::null());
            assert!(!default.is_null());
            let mut shim = std::ptr::read(default);
            shim.zName = c"seatwire-faults".as_ptr();
            shim.pNext = null_mut();
            shim.szOsFile += c_int::try_from(size_of::<ShimFile>()).unwrap();
            shim.xOpen = Some(open);
            shim.xDelete = Some(delete);
            let shim = Box::leak(Box::new(shim));
            assert_eq!(ffi::sqlite3_vfs_register(shim, 1), ffi::SQLITE_OK);
            Default(default)
        }
    });
}

fn default_vfs() -> *mut ffi::sqlite3_vfs {
    DEFAULT.get().expect("installed before anything is opened").0
}

/// # Safety
/// `file` is a [`ShimFile`] that [`open`] has been given.
unsafe fn inner(file: *mut ffi::sqlite3_file) -> *mut ffi::sqlite3_file {
    // SAFETY: `szOsFile` made room for both, and a `ShimFile` is two pointers: alignment is kept.
    unsafe { file.cast::<ShimFile>().add(1).cast() }
}

/// # Safety
/// `file` is an open [`ShimFile`].
unsafe fn disk<'a>(file: *mut ffi::sqlite3_file) -> Option<&'a (Arc<Disk>, Part)> {
    // SAFETY: `on` is null or from `Box::into_raw`, and lives until `close`.
    unsafe { (*file.cast::<ShimFile>()).on.as_ref() }
}

unsafe extern "C" fn open(
    _: *mut ffi::sqlite3_vfs,
    name: ffi::sqlite3_filename,
    file: *mut ffi::sqlite3_file,
    flags: c_int,
    out_flags: *mut c_int,
) -> c_int {
    // SAFETY: SQLite gives `szOsFile` bytes and, for named files, a C string.
    unsafe {
        (*file).pMethods = std::ptr::null();
        let behind = inner(file);
        (*behind).pMethods = std::ptr::null();
        let vfs = default_vfs();
        let code = (*vfs).xOpen.unwrap()(vfs, name, behind, flags, out_flags);
        if code != ffi::SQLITE_OK {
            if !(*behind).pMethods.is_null() {
                (*(*behind).pMethods).xClose.unwrap()(behind);
            }
            return code;
        }
        let on = (!name.is_null()).then(|| CStr::from_ptr(name.cast()));
        let on = on.and_then(|name| Disk::under(Path::new(name.to_str().ok()?)));
        (*file.cast::<ShimFile>()).on = on.map_or(null_mut(), |on| Box::into_raw(Box::new(on)));
        (*file).pMethods = &raw const METHODS;
        ffi::SQLITE_OK
    }
}

unsafe extern "C" fn delete(
    _: *mut ffi::sqlite3_vfs,
    name: *const c_char,
    sync_folder: c_int,
) -> c_int {
    // SAFETY: SQLite gives a C string; the default VFS gets what it would have got.
    unsafe {
        let path = CStr::from_ptr(name).to_str().ok().map(Path::new);
        if let Some((disk, part)) = path.and_then(Disk::under) {
            disk.delete(part);
        }
        let vfs = default_vfs();
        (*vfs).xDelete.unwrap()(vfs, name, sync_folder)
    }
}

unsafe extern "C" fn close(file: *mut ffi::sqlite3_file) -> c_int {
    // SAFETY: `file` is open; its box is freed once, here.
    unsafe {
        let behind = inner(file);
        let code = (*(*behind).pMethods).xClose.unwrap()(behind);
        let on = std::mem::replace(&mut (*file.cast::<ShimFile>()).on, null_mut());
        if !on.is_null() {
            drop(Box::from_raw(on));
        }
        code
    }
}

unsafe extern "C" fn write(
    file: *mut ffi::sqlite3_file,
    bytes: *const c_void,
    count: c_int,
    offset: ffi::sqlite3_int64,
) -> c_int {
    // SAFETY: `file` is open and SQLite gives `count` bytes.
    unsafe {
        let behind = inner(file);
        let forward = |count| (*(*behind).pMethods).xWrite.unwrap()(behind, bytes, count, offset);
        let Some((disk, part)) = disk(file) else { return forward(count) };
        let given = slice::from_raw_parts(bytes.cast::<u8>(), usize::try_from(count).unwrap());
        let place = u64::try_from(offset).unwrap();
        let half = || {
            forward(count / 2);
        };
        match disk.write(*part, place, given, half) {
            Ok(()) => forward(count),
            Err(code) => code,
        }
    }
}

unsafe extern "C" fn truncate(file: *mut ffi::sqlite3_file, size: ffi::sqlite3_int64) -> c_int {
    // SAFETY: `file` is open.
    unsafe {
        if let Some((disk, part)) = disk(file) {
            disk.truncate(*part, u64::try_from(size).unwrap());
        }
        let behind = inner(file);
        (*(*behind).pMethods).xTruncate.unwrap()(behind, size)
    }
}

unsafe extern "C" fn sync(file: *mut ffi::sqlite3_file, flags: c_int) -> c_int {
    // SAFETY: `file` is open.
    unsafe {
        if let Some((disk, part)) = disk(file)
            && let Err(code) = disk.sync(*part)
        {
            return code;
        }
        let behind = inner(file);
        (*(*behind).pMethods).xSync.unwrap()(behind, flags)
    }
}

/// The methods that only pass on what they are given.
macro_rules! forward {
    ($($name:ident = $method:ident($($arg:ident: $type:ty),*) -> $result:ty;)*) => {
        $(unsafe extern "C" fn $name(file: *mut ffi::sqlite3_file $(, $arg: $type)*) -> $result {
            // SAFETY: `file` is open, and its inner file gets what the default VFS would have got.
            unsafe {
                let behind = inner(file);
                (*(*behind).pMethods).$method.unwrap()(behind $(, $arg)*)
            }
        })*
    };
}

forward! {
    read = xRead(into: *mut c_void, count: c_int, offset: ffi::sqlite3_int64) -> c_int;
    file_size = xFileSize(size: *mut ffi::sqlite3_int64) -> c_int;
    lock = xLock(level: c_int) -> c_int;
    unlock = xUnlock(level: c_int) -> c_int;
    check_reserved = xCheckReservedLock(out: *mut c_int) -> c_int;
    file_control = xFileControl(op: c_int, arg: *mut c_void) -> c_int;
    sector_size = xSectorSize() -> c_int;
    characteristics = xDeviceCharacteristics() -> c_int;
    shm_map = xShmMap(page: c_int, size: c_int, extend: c_int, at: *mut *mut c_void) -> c_int;
    shm_lock = xShmLock(offset: c_int, count: c_int, flags: c_int) -> c_int;
    shm_barrier = xShmBarrier() -> ();
    shm_unmap = xShmUnmap(delete: c_int) -> c_int;
}

/// Version 2: shared memory for the write-ahead log, no memory-mapped reads.
static METHODS: ffi::sqlite3_io_methods = ffi::sqlite3_io_methods {
    iVersion: 2,
    xClose: Some(close),
    xRead: Some(read),
    xWrite: Some(write),
    xTruncate: Some(truncate),
    xSync: Some(sync),
    xFileSize: Some(file_size),
    xLock: Some(lock),
    xUnlock: Some(unlock),
    xCheckReservedLock: Some(check_reserved),
    xFileControl: Some(file_control),
    xSectorSize: Some(sector_size),
    xDeviceCharacteristics: Some(characteristics),
    xShmMap: Some(shm_map),
    xShmLock: Some(shm_lock),
    xShmBarrier: Some(shm_barrier),
    xShmUnmap: Some(shm_unmap),
    xFetch: None,
    xUnfetch: None,
};
