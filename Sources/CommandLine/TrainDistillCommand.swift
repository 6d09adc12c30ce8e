import ArgumentParser
import Basics
import Training

struct TrainDistillCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "distill",
        abstract: "Trains a smaller DeBERTa to predict masked tokens, or to give vectors, as a larger model does.",
        discussion: """
            With --teacher, the student learns from the teacher's predictions. It has the teacher's shape and \
            tokenizer, but fewer layers. It begins with layers of the teacher at even distances: every second one if it \
            has half as many. Its loss is the mean of the cross-entropy with the masked tokens and the cross-entropy \
            with the teacher's distributions.

            With --teacher-vectors, the student learns to give documents the vectors that a teacher gave them, \
            whatever model and tokenizer the teacher has. It begins with the weights of --model, or with layers of it \
            at even distances if the YAML file has fewer. The teacher's folder has a file NAME.npy for each shard NAME \
            of the corpus, as 'dedup embed' writes it: a NumPy matrix of float16 or float32, whose k-th row is the \
            vector of the shard's k-th document. Of a long document only the first tokens are read, max-tokens of them.

            """ + TrainingArguments.discussion + """


                The YAML file has the number of layers and the settings of the training; \
                Pipelines/train-distill-small.yaml and Pipelines/train-vectors-small.yaml are examples.

                Example:
                  dedup train distill in/ --config d.yaml --teacher big/ --out small/
                  dedup train distill in/ --config v.yaml --model old/ --teacher-vectors v/ --out new/
                """
    )

    @OptionGroup var arguments: TrainingArguments

    @Option(
        help: ArgumentHelp("The folder of the teacher: one that 'dedup train mlm' wrote.", valueName: "dir"),
        completion: .directory, transform: localPath)
    var teacher: String?

    @Option(
        help: ArgumentHelp("The folder with a teacher's vectors of the documents.", valueName: "dir"),
        completion: .directory, transform: localPath)
    var teacherVectors: String?

    @Option(
        help: ArgumentHelp("With --teacher-vectors: the folder of the model to begin with.", valueName: "dir"),
        completion: .directory, transform: localPath)
    var model: String?

    @Option(
        help: ArgumentHelp(
            """
            With --teacher-vectors: a field of the documents. Two documents after each other that have the same string \
            or number in it are a pair, for example two pieces of a text, or a text and its translation.
            """, valueName: "name"))
    var pairField: String?

    func run() throws {
        switch (teacher, teacherVectors) {
        case (let teacher?, nil):
            if model != nil {
                throw Failure.usage("--model belongs to --teacher-vectors; with --teacher, a student begins with that")
            }
            if pairField != nil { throw Failure.usage("--pair-field belongs to --teacher-vectors") }
            try arguments.train(from: .teacher(teacher))
        case (nil, let vectors?):
            guard let model else {
                throw Failure.usage("--teacher-vectors needs --model, the folder of the model to begin with")
            }
            try arguments.train(from: .taught(model: model, vectors: vectors), pairField: pairField)
        default: throw Failure.usage("give either --teacher or --teacher-vectors")
        }
    }
}
