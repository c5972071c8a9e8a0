import ArgumentParser

struct VenueCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "venue", abstract: "See an exchange as Quartet speaks to it.",
        subcommands: [VenueRequest.self, VenueParseCommand.self, VenueEndpointsCommand.self])
}
