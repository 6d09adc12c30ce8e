// swift-tools-version: 6.2
import PackageDescription

// One package with four programs, and not four packages: they share one build of dedup. Each program is one file that
// stands for itself; to begin a package of your own, copy the file and this manifest with one target.
let package = Package(
    name: "examples",
    dependencies: [.package(name: "dedup", path: "..")],
    targets: ["DeduplicateTexts", "KeepAnIndex", "RunACorpus", "SearchTexts"].map { name in
        .executableTarget(name: name, dependencies: [.product(name: "Dedup", package: "dedup")])
    },
    swiftLanguageModes: [.v6],
    cxxLanguageStandard: .cxx17
)
