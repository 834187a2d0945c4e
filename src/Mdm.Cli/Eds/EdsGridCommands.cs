using System.CommandLine;
using System.Globalization;
using System.Security.Cryptography;
using Mdm.Abstractions;
using Mdm.Cli.Described;
using Mdm.Client;
using Mdm.Client.Keys;
using Mdm.Formats.Keystores;

namespace Mdm.Cli.Eds;

/// <summary><c>glite-eds-put</c>, <c>-get</c> and <c>-rm</c>: files that lie sealed on the grid.</summary>
internal static class EdsGridCommands
{
    public static DescribedCommand Put(Terminal terminal)
    {
        var (local, remote) = (new Argument<string>("LOCAL") { Description = "The file." }, new Argument<string>("REMOTE") { Description = "Its name to be: " + RemoteName.NewForms });
        var named = IdOption("The key's name, which must be new; 32 hexadecimal digits of the key's own unless given.");
        var isOpen = new Option<bool>("-u") { Description = "Does not seal: registers the key and puts the file as it is." };
        var cipher = new CipherOptions();
        var command = new DescribedCommand("glite-eds-put", "Registers a key, and seals a file with it on the way to the grid. Every file has a key of its own, which it names itself: it may be renamed.")
        {
            local, remote, named, isOpen,
            new Example("glite-eds-put mask.nii lfn:/grid/biomed/home/mask.nii", "Prints the file's names and its key's; glite-eds-get brings it back in clear."),
            new Example("glite-eds-put mask.nii lfn:/grid/biomed/home/mask.nii | grep GUID | cut -f2 -d:", "The GUID, which the other commands take for the key's name."),
            new Remark("A key that is there already seals files with glite-eds-encrypt, and mdm put puts them."),
            new SeeAlso("glite-eds-get"), new SeeAlso("glite-eds-rm"), new SeeAlso("mdm put"),
        };
        cipher.AddTo(command);
        return EdsCall.Command(terminal, command, async (call, cancellationToken) =>
        {
            cipher.Remark(call);
            var target = RemoteName.OfNew(terminal, call.Parsed.GetRequiredValue(remote));
            // Not the path: what is renamed would leave its key to whoever is put there next.
            var name = KeyName.Parse(call.Parsed.GetValue(named) ?? new KeyId(RandomNumberGenerator.GetBytes(KeyId.Size)).ToString());
            var source = call.Parsed.GetRequiredValue(local);
            using var files = terminal.Open();
            await call.RegisterAsync(name, cancellationToken);
            PutFile put;
            try
            {
                put = await PutAsync(call, files, name, source, target, call.Parsed.GetValue(isOpen), cancellationToken);
            }
            catch
            {
                // A key of nothing would stand in the way of the next attempt.
                await TakeBackAsync(call, name);
                throw;
            }
            await SayAsync(call, files, name, source, put, cancellationToken);
        });
    }

    public static DescribedCommand Get(Terminal terminal)
    {
        var (remote, local) = (new Argument<string>("REMOTE") { Description = "The file: " + RemoteName.Forms }, new Argument<string>("LOCAL") { Description = "Where to; here, under its name, when left out; " + EdsFileCommands.Replaced, Arity = ArgumentArity.ZeroOrOne });
        var named = IdOption("The key's name, to be compared with the one that the file names.");
        var command = new DescribedCommand("glite-eds-get", "Fetches a file and deciphers it here. LOCAL appears when all of it is authentic.")
        {
            remote, local, named,
            new Example("glite-eds-get lfn:/grid/biomed/home/mask.nii mask.nii", "What glite-eds-put sealed comes back in clear."),
            new SeeAlso("glite-eds-put"), new SeeAlso("mdm get"),
        };
        return EdsCall.Command(terminal, command, async (call, cancellationToken) =>
        {
            using var files = terminal.Open();
            var source = await RemoteName.FindAsync(terminal, files, call.Parsed.GetRequiredValue(remote), cancellationToken);
            var destination = call.Parsed.GetValue(local) ?? source.Name;
            if (Directory.Exists(destination))
                destination = Path.Combine(destination, source.Name);
            var name = call.Parsed.GetValue(named) is { } text ? KeyName.Parse(text) : null;
            using var progress = new FetchDisplay(terminal with { Output = TextWriter.Null });
            var length = await files.FetchUnsealedAsync(source, destination, (key, token) => EdsFileCommands.KeyOfAsync(call, name, key, token), progress, cancellationToken);
            call.Say($"fetched {destination} {length} bytes");
        });
    }

    public static DescribedCommand Remove(Terminal terminal)
    {
        var remote = new Argument<string>("REMOTE") { Description = "The file: " + RemoteName.Forms };
        var named = IdOption("The key's name; the key that the file names unless given.");
        var command = new DescribedCommand("glite-eds-rm", "Removes a file, and destroys the key that it was sealed with. It takes the right to write in the directory, and the right d on the key.")
        {
            remote, named,
            new Example("glite-eds-rm lfn:/grid/biomed/home/mask.nii", "File and key are gone; copies of the sealed file open no more."),
            new SeeAlso("glite-eds-put"), new SeeAlso("glite-eds-key-unregister"), new SeeAlso("mdm rm"),
        };
        return EdsCall.Command(terminal, command, async (call, cancellationToken) =>
        {
            using var files = terminal.Open();
            var file = await RemoteName.FindAsync(terminal, files, call.Parsed.GetRequiredValue(remote), cancellationToken);
            var name = call.Parsed.GetValue(named) is { } text ? KeyName.Parse(text) : await files.SealedUnderAsync(file, cancellationToken) is { } id ? KeyName.Parse(id.ToString())
                : throw new MdmException(MdmErrorKind.Refused, $"{file} is not sealed, so it names no key; name it with -i, or remove the file alone with mdm rm.");
            // Before anything is gone: a key that may not be destroyed would outlive its file.
            var key = await call.Keys.LatestAsync(name, cancellationToken);
            var removed = (await files.At(file).RmAsync([file], cancellationToken))[0];
            if (removed.Status.StatusCode != Srm.Messages.StatusCode.Success)
                throw new SrmException(removed.Status.StatusCode, $"{file}: {removed.Status.Explanation ?? SrmException.SpelledOut(removed.Status.StatusCode)}");
            await call.DestroyAsync(key.Name, cancellationToken);
            call.Say($"removed {file}, unregistered {name.Text}");
        });
    }

    private static Option<string?> IdOption(string description) => new("-i") { Description = description, HelpName = "ID" };

    private static async Task<PutFile> PutAsync(EdsCall call, GridFiles files, KeyName name, string local, Surl target, bool isOpen, CancellationToken cancellationToken)
    {
        using var progress = new PutDisplay(call.Terminal, local);
        if (isOpen)
            return await files.PutAsync(local, target, null, progress, cancellationToken);
        var (id, key) = await call.Keys.GetAsync(name, cancellationToken);
        using (key)
            return await files.PutSealedAsync(local, target, id, key, null, progress, cancellationToken);
    }

    // In the original's lines: scripts cut the GUID out of them.
    private static async Task SayAsync(EdsCall call, GridFiles files, KeyName name, string local, PutFile put, CancellationToken cancellationToken)
    {
        call.Say("Transfer Completed:");
        call.Say(string.Empty);
        Line("LFN", $"lfn:{put.Surl.Path}");
        try
        {
            Line("GUID", FileGuid.Of((await files.NamesAt(put.Surl).StatAsync(put.Surl.Path, followLast: true, cancellationToken)).Id));
        }
        catch (SrmException e)
        {
            call.Remark($"it was put, and its GUID could not be asked for: {e.Message}");
        }
        Line("SURL", put.Surl.ToString());
        Line("Key", name.Text);
        Line("Locally Read [bytes]", new FileInfo(local).Length.ToString(CultureInfo.InvariantCulture));
        Line("Remote Written [bytes]", put.Length.ToString(CultureInfo.InvariantCulture));
        Line("Adler-32", put.Adler32);

        void Line(string what, string value) => call.Say($"  {what,-24}: {value}");
    }

    private static async Task TakeBackAsync(EdsCall call, KeyName name)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(10), TimeProvider.System);
        try
        {
            await call.DestroyAsync(name, limit.Token);
        }
        catch (Exception e) when (e is MdmException or OperationCanceledException)
        {
            call.Terminal.Complain($"the key {name.Text} was registered and could not be taken back: {e.Message}");
        }
    }
}
