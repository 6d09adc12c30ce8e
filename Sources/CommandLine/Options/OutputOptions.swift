import ArgumentParser

/// How much a command writes to standard error: the option of all commands that show progress or a summary.
struct QuietOptions: ParsableArguments {
    @Flag(help: "Show no progress and no summary; warnings and errors are shown.")
    var quiet = false
}

/// The options of commands that write files which may exist already.
struct ReplaceOptions: ParsableArguments {
    @Flag(help: "Replace an existing output, even one that was made with other parameters.")
    var force = false

    @OptionGroup var quietOptions: QuietOptions

    var quiet: Bool { quietOptions.quiet }
}

/// The options of commands that write an output folder and a report of it.
struct OutputOptions: ParsableArguments {
    @OptionGroup var replaceOptions: ReplaceOptions

    @Flag(help: "Write the report of the output, which is JSON, to standard output.")
    var json = false

    var force: Bool { replaceOptions.force }
    var quiet: Bool { replaceOptions.quiet }
}
