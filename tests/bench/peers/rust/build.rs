// The canonical model, generated from the project's own proto files.
fn main() {
    let proto = "../../../../proto";
    println!("cargo:rerun-if-changed={proto}/dcf/v1");
    prost_build::compile_protos(&[format!("{proto}/dcf/v1/envelope.proto")], &[proto])
        .expect("protoc");
}
