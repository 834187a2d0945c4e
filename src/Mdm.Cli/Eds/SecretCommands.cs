using System.CommandLine;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Mdm.Abstractions;
using Mdm.Cli.Described;
using Mdm.Formats.Shares;

namespace Mdm.Cli.Eds;

/// <summary><c>glite-ssss-*</c>: keys and passwords in shares that are written down. Nothing is sent anywhere.</summary>
internal static class SecretCommands
{
    private const string Missing = "NULL";
    private const string FromInput = "-";

    public static DescribedCommand SplitKey(Terminal terminal) => Split(terminal, "glite-ssss-split-key", "KEY", "A key in hexadecimal digits, an even number of them; - reads it from the standard input, where no list of processes shows it.", Bytes);

    public static DescribedCommand JoinKey(Terminal terminal) => Join(terminal, "glite-ssss-join-key", "key", Convert.ToHexStringLower);

    public static DescribedCommand SplitPassword(Terminal terminal) => Split(terminal, "glite-ssss-split-passwd", "PASSWORD", "Any text; - reads it from the standard input, where no list of processes shows it.", Encoding.UTF8.GetBytes);

    public static DescribedCommand JoinPassword(Terminal terminal) => Join(terminal, "glite-ssss-join-passwd", "password", Encoding.UTF8.GetString);

    private static DescribedCommand Split(Terminal terminal, string name, string what, string description, Func<string, byte[]> read)
    {
        var (count, threshold, secret) = (new Argument<int>("SHARES") { Description = $"How many shares, up to {SecretSplitter.MaxShares}." }, new Argument<int>("NEEDED") { Description = "How many of them give it back." }, new Argument<string>(what) { Description = description });
        var quiet = Quiet("Prints the shares alone, in one line.");
        var command = new DescribedCommand(name, $"Splits a {what.ToLowerInvariant()} into shares (Shamir's scheme). Any NEEDED of them give it back, fewer tell nothing. A check is split with it, so that wrong shares are told from right ones.")
        {
            count, threshold, secret, quiet,
            new Example($"{name} 5 3 {(what == "KEY" ? "00112233445566778899aabbccddeeff" : "'correct horse'")}", "Five lines; the fourth word of each is the share."),
            new Remark($"Shares of the original system, which are of another field, are not joined by this one. A secret has up to {SecretSplitter.MaxLength} bytes."),
            new SeeAlso(name.Replace("split", "join", StringComparison.Ordinal)),
        };
        command.Validators.Add(result =>
        {
            var (shares, needed) = (result.GetValue(count), result.GetValue(threshold));
            if (shares is < 1 or > SecretSplitter.MaxShares || needed < 1 || needed > shares)
                result.AddError($"there are 1 to {SecretSplitter.MaxShares} shares, and 1 to as many are needed");
        });
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var text = parsed.GetRequiredValue(secret);
            if (text == FromInput)
                text = await (terminal.Lines ?? Console.In).ReadLineAsync(cancellationToken) ?? string.Empty;
            var bytes = read(text);
            if (bytes.Length is 0 or > SecretSplitter.MaxLength)
                throw new MdmException(MdmErrorKind.InvalidName, $"What is split has 1 to {SecretSplitter.MaxLength} bytes, not {bytes.Length}.");
            var shares = SecretSplitter.Split(bytes, parsed.GetRequiredValue(threshold), parsed.GetRequiredValue(count));
            CryptographicOperations.ZeroMemory(bytes);
            var texts = shares.Select(Convert.ToHexStringLower).ToArray();
            if (parsed.GetValue(quiet))
                terminal.Output.WriteLine(string.Join(' ', texts));
            else
                for (var i = 0; i < texts.Length; i++)
                    terminal.Output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{i + 1}. share = {texts[i]}"));
            return ExitCode.Success;
        });
        return command;
    }

    private static DescribedCommand Join(Terminal terminal, string name, string what, Func<byte[], string> write)
    {
        var shares = new Argument<string[]>("SHARE") { Description = $"The shares in their order; {Missing} in the place of one that is missing.", Arity = ArgumentArity.OneOrMore };
        var quiet = Quiet($"Prints the {what} alone.");
        var command = new DescribedCommand(name, $"Joins the shares of a {what}. Too few, altered or displaced ones are an error: nothing wrong comes out.")
        {
            shares, quiet,
            new Example($"{name} 9a6f... {Missing} 07c1...", "The first and the third share, of which two are enough."),
            new SeeAlso(name.Replace("join", "split", StringComparison.Ordinal)),
        };
        command.SetAction(parsed =>
        {
            var joined = SecretSplitter.Join([.. parsed.GetRequiredValue(shares).Select(text => text == Missing ? null : Bytes(text))]);
            var text = write(joined);
            CryptographicOperations.ZeroMemory(joined);
            terminal.Output.WriteLine(parsed.GetValue(quiet) ? text : $"Joined {what}: {text}");
            return ExitCode.Success;
        });
        return command;
    }

    private static Option<bool> Quiet(string description) => new("-q") { Description = description };

    private static byte[] Bytes(string digits)
    {
        try
        {
            return Convert.FromHexString(digits);
        }
        catch (FormatException)
        {
            // What was typed may be most of a secret.
            throw new MdmException(MdmErrorKind.InvalidName, "Keys and shares are hexadecimal digits, an even number of them.");
        }
    }
}
