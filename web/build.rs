//! Has the program built again when its pages were: they are part of the binary. Never builds them
//! itself (`make web` does), so that a build needs neither Node nor a network.

fn main() {
    // The folder has to be there to be watched: cargo takes a missing one for always changed.
    let _unwritable_is_fine = std::fs::create_dir_all("web/dist");
    println!("cargo:rerun-if-changed=web/dist");
    println!("cargo:rerun-if-changed=web/build.rs");
}
