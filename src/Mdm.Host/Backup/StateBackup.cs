using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using Mdm.Host.Diagnostics;
using Mdm.Sql;

namespace Mdm.Host.Backup;

/// <summary>
/// <c>--backup</c> and <c>--restore</c>: stores, secrets and the audit trail into a new folder, while the host runs or not, and back to where they were. The pool is not part of it: what was
/// in it is fetched again.
/// </summary>
internal static class StateBackup
{
    private const string ManifestName = "manifest.json";
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    };

    /// <returns>The exit code.</returns>
    public static int Make(Preparation preparation, string? configurationFile, string folder, TimeProvider time, TextWriter output, TextWriter errors)
    {
        if (Directory.Exists(folder) && Directory.EnumerateFileSystemEntries(folder).Any())
            return Fault(errors, $"{folder} is not empty; a backup is a folder of its own.");
        try
        {
            Directory.CreateDirectory(folder, OwnerOnly | UnixFileMode.UserExecute);
            var copies = new List<Copy>();
            foreach (var part in BackupPlan.Of(preparation, configurationFile))
                copies.Add(Take(part, folder, copies.Count));
            // Last: a folder without it is no backup.
            using var manifest = new FileStream(Path.Combine(folder, ManifestName), new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = OwnerOnly });
            JsonSerializer.Serialize(manifest, new Manifest(time.GetUtcNow(), copies), Json);
            manifest.Flush(flushToDisk: true);
            foreach (var elsewhere in copies.Where(copy => copy.Kind == BackupKind.Elsewhere))
                output.WriteLine($"{elsewhere.What} lies on a server and is not in this backup; back it up with pg_dump now: docs/operations.md.");
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{copies.Count(copy => copy.Kind == BackupKind.Store)} stores and {copies.Count(copy => copy.Kind == BackupKind.File)} files are in {folder}. Whoever has it has this host's secrets: keep it as you keep them."));
            return ExitCode.Success;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or SqlStoreException)
        {
            return Fault(errors, fault.Message);
        }
    }

    /// <returns>The exit code.</returns>
    public static int PutBack(string folder, TextWriter output, TextWriter errors)
    {
        try
        {
            var manifest = ReadManifest(folder);
            var copies = manifest.Parts.Where(copy => copy.Kind != BackupKind.Elsewhere).ToList();
            var missing = copies.Where(copy => !File.Exists(FileOf(folder, copy))).ToList();
            copies = [.. copies.Except(missing)];
            var faults = copies.Where(copy => DigestOf(FileOf(folder, copy)) != copy.Sha256).Select(copy => $"{copy.What}: its copy {copy.Name} was changed since it was made; nothing was put back.")
                .Concat(copies.Where(copy => copy.Kind == BackupKind.Store && File.Exists(copy.Path)).Select(copy => $"{copy.What}: {copy.Path} is there; stop the host and move its state away before."))
                .ToList();
            if (faults.Count > 0)
                return Fault(errors, string.Join(Environment.NewLine, faults));
            foreach (var copy in copies)
                Put(copy, folder, output);
            foreach (var elsewhere in manifest.Parts.Where(copy => copy.Kind == BackupKind.Elsewhere))
                output.WriteLine($"{elsewhere.What} lies on a server: restore it with pg_restore.");
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{copies.Count} parts are back as of {manifest.Made.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC. Start the host with --check first."));
            foreach (var lost in missing)
                errors.WriteLine($"{lost.What} is not in the backup any more. Lost: {Losses.Of(lost.What)}");
            return missing.Count == 0 ? ExitCode.Success : ExitCode.Faults;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or JsonException)
        {
            return Fault(errors, fault.Message);
        }
    }

    private static Copy Take(BackupPart part, string folder, int number)
    {
        if (part.Kind == BackupKind.Elsewhere)
            return new Copy(part.Kind, part.What, part.Path, string.Empty, string.Empty, 0);
        var name = string.Create(CultureInfo.InvariantCulture, $"{number:000}-{Path.GetFileName(part.Path)}");
        var target = Path.Combine(folder, name);
        if (part.Kind == BackupKind.Store)
            SqliteCopy.Make(part.Path, target);
        else
            File.Copy(part.Path, target);
        var mode = File.GetUnixFileMode(part.Path);
        File.SetUnixFileMode(target, OwnerOnly);
        return new Copy(part.Kind, part.What, part.Path, name, DigestOf(target), (int)mode);
    }

    private static void Put(Copy copy, string folder, TextWriter output)
    {
        var source = FileOf(folder, copy);
        if (File.Exists(copy.Path))
        {
            // A certificate or the configuration may be there, and newer.
            if (DigestOf(copy.Path) != copy.Sha256)
                output.WriteLine($"{copy.What}: {copy.Path} is there and another; it was left, and its copy is {source}.");
            return;
        }
        Directory.CreateDirectory(Path.GetDirectoryName(copy.Path)!, OwnerOnly | UnixFileMode.UserExecute);
        // With its rights from the beginning: it may be a secret.
        using (var target = new FileStream(copy.Path, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = OwnerOnly }))
        using (var from = File.OpenRead(source))
        {
            from.CopyTo(target);
            target.Flush(flushToDisk: true);
        }
        File.SetUnixFileMode(copy.Path, (UnixFileMode)copy.Mode);
    }

    private static Manifest ReadManifest(string folder)
    {
        var path = Path.Combine(folder, ManifestName);
        if (!File.Exists(path))
            throw new IOException($"{folder} is no backup, or one that broke off: it has no {ManifestName}.");
        using var stream = File.OpenRead(path);
        return JsonSerializer.Deserialize<Manifest>(stream, Json) ?? throw new IOException($"{path} is empty.");
    }

    // Names in it are ours, but somebody may have written another manifest.
    private static string FileOf(string folder, Copy copy) => Path.Combine(folder, Path.GetFileName(copy.Name));

    private static string DigestOf(string file)
    {
        using var stream = File.OpenRead(file);
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }

    private static int Fault(TextWriter errors, string fault)
    {
        errors.WriteLine(fault);
        return ExitCode.Faults;
    }

    private sealed record Manifest(DateTimeOffset Made, IReadOnlyList<Copy> Parts);

    private sealed record Copy(BackupKind Kind, string What, string Path, string Name, string Sha256, int Mode);
}
