import WebServer

/// The files of the page: a fixed list, part of the program.
enum Assets {
    private static let files: [String: (type: String, text: String)] = [
        "/": ("text/html; charset=utf-8", PageHTML.index),
        "/login": ("text/html; charset=utf-8", PageHTML.login),
        "/login.js": ("text/javascript; charset=utf-8", PageScript.login),
        "/app.js": ("text/javascript; charset=utf-8", PageScript.app),
        "/views.js": ("text/javascript; charset=utf-8", PageViews.text),
        "/charts.js": ("text/javascript; charset=utf-8", PageCharts.text),
        "/app.css": ("text/css; charset=utf-8", PageStyle.text),
        "/icon.svg": ("image/svg+xml", PageHTML.icon),
    ]

    static var loginPage: WebResponse { WebResponse(status: 401, type: "text/html; charset=utf-8", PageHTML.login) }

    static func response(to request: WebRequest) -> WebResponse? {
        guard request.method == "GET" || request.method == "HEAD", let file = files[request.path] else { return nil }
        return WebResponse(type: file.type, file.text)
    }
}
