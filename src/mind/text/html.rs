//! Text that stands in the HTML of a page or mail which the program writes itself.

/// The text with the characters that mean something in HTML written as references, for an element's content as well as
/// for the value of an attribute in double quotes.
pub fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_text_is_read_as_html() {
        let shop = r#"<b title="&lt;">拾光</b>"#;
        assert_eq!(escaped(shop), "&lt;b title=&quot;&amp;lt;&quot;&gt;拾光&lt;/b&gt;");
    }
}
